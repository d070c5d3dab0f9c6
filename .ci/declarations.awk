# Prints the declarations on a page of rustdoc. Each record is a tag and the text after it.

BEGIN { RS = "<" }

{
    end = index($0, ">")
    tag = substr($0, 1, end - 1)
    text = substr($0, end + 1)
}

# The rest of the page applies to any type.
tag ~ /id="blanket-implementations"/ { exit }

# The compiler derives these implementations. Only Send and Sync matter: whether threads may share the type.
tag ~ /id="synthetic-implementations"/ { is_derived = 1 }

# A variant is in its enum's declaration, and a trait's method in the trait's.
tag ~ /^section / { is_in_parent = tag ~ /class="(variant|method trait-impl)"/ }

tag == "/pre" || tag == "/h3" || tag == "/h4" {
    if (is_open && !is_in_parent) print_declaration()
    is_open = 0
}
tag ~ /^pre class="rust item-decl"/ || tag ~ /^h[34] class="code-header"/ {
    is_open = 1
    is_hidden = 0
    is_item = tag ~ /^pre/
    declaration = ""
}

# "Show 51 variants" precedes the hidden variants.
tag ~ /^summary class="hideme"/ { is_hidden = 1 }
tag == "/summary" { is_hidden = 0 }

# An attribute has its own line.
tag == "/div" && is_item { declaration = declaration "\n" }

is_open && !is_hidden { declaration = declaration text }

function print_declaration() {
    gsub(/&lt;/, "<", declaration)
    gsub(/&gt;/, ">", declaration)
    gsub(/&quot;/, "\"", declaration)
    gsub(/&#39;/, "'", declaration)
    gsub(/&nbsp;/, " ", declaration)
    gsub(/&amp;/, "\\&", declaration)
    gsub(/\n[ \n]*\n/, "\n", declaration)
    gsub(/ ⓘ/, "", declaration)
    if (!is_item) {
        # rustdoc breaks long declarations into lines.
        gsub(/[ \n]+/, " ", declaration)
        gsub(/\( /, "(", declaration)
        gsub(/, \)/, ")", declaration)
        if (is_derived && declaration !~ / (Send|Sync) for /) return
        if (declaration ~ / StructuralPartialEq for /) return
        if (declaration !~ /^(unsafe )?impl/) declaration = "    " declaration
    }
    print declaration
}
