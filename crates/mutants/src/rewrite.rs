//! Finds the expressions that mutants replace, and puts each mutant behind its switch.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
};

use proc_macro2::Span;
use syn::{
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::{
    list::{Genre, Mutant},
    render::{Rewritten, Site, render},
};

/// Rewrites a file of the library. `mutants` are those of this file, with their numbers. The mutants in `without` are
/// left out, and functions with a name in `constants` stay `const`, so none of their mutants can be switched.
pub fn rewrite(
    text: &str,
    mutants: &[(u32, &Mutant)],
    without: &HashSet<u32>,
    constants: &BTreeSet<String>,
) -> syn::Result<Rewritten> {
    let mut by_start = HashMap::<_, Vec<_>>::new();
    for &(id, mutant) in mutants.iter().filter(|(id, _)| !without.contains(id)) {
        let start = mutant.span.start;
        let place = (mutant.genre, start.line, start.column - 1);
        by_start.entry(place).or_default().push((id, mutant.replacement.as_str()));
    }
    let mut finder = Finder { text, by_start, constants, sites: Vec::new(), depth_of_constants: 0 };
    finder.visit_file(&syn::parse_file(text)?);
    let mut sites = finder.sites;
    // The outer of two sites comes first. For equal ones, the order of visits is right.
    sites.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    let mut rewritten = Rewritten::default();
    render(text, 0..text.len(), &sites, &mut rewritten);
    Ok(rewritten)
}

type Places<'a> = HashMap<(Genre, usize, usize), Vec<(u32, &'a str)>>;

struct Finder<'a> {
    text: &'a str,
    by_start: Places<'a>,
    constants: &'a BTreeSet<String>,
    sites: Vec<Site>,
    /// A constant cannot call the switch.
    depth_of_constants: usize,
}

fn on(id: u32) -> String {
    format!("crate::mutants::on({id})")
}

impl<'a> Finder<'a> {
    /// The mutants of a genre that begin here, as numbers and replacements.
    fn take(&self, genre: Genre, span: Span) -> Vec<(u32, &'a str)> {
        let start = span.start();
        let found = self.by_start.get(&(genre, start.line, start.column));
        found.filter(|_| self.depth_of_constants == 0).cloned().unwrap_or_default()
    }

    fn text_of(&self, span: Span) -> &'a str {
        &self.text[span.byte_range()]
    }

    fn add(&mut self, site: Site) {
        if !site.parts.is_empty() {
            self.sites.push(site);
        }
    }

    /// Adds alternatives to an expression.
    fn choose(&mut self, range: Range<usize>, alternatives: Vec<(u32, String)>) {
        let part = |(id, text)| (id, format!("if {} {{ ({text}) }} else ", on(id)));
        let parts = alternatives.into_iter().map(part).collect();
        self.add(Site { range, before: "(", parts, open: "{ ", close: " })", is_removed: false });
    }

    fn in_constant(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth_of_constants += 1;
        visit(self);
        self.depth_of_constants -= 1;
    }

    /// `has_rest` says whether another arm takes the cases of a deleted arm.
    fn arm(&mut self, arm: &syn::Arm, has_rest: bool) {
        let deleted = self.take(Genre::MatchArm, arm.span());
        match &arm.guard {
            Some((_, guard)) if !has_let(guard) => {
                // One mutant is on at most, so the order only matters for precedence.
                let (always, never): (Vec<_>, Vec<_>) = self
                    .take(Genre::MatchArmGuard, guard.span())
                    .into_iter()
                    .partition(|(_, value)| *value == "true");
                let always = always.into_iter().map(|(id, _)| (id, format!("{} || ", on(id))));
                let never = never.into_iter().chain(deleted);
                let never = never.map(|(id, _)| (id, format!("!{} && ", on(id))));
                let (range, parts) = (guard.span().byte_range(), always.chain(never).collect());
                self.add(Site { range, parts, open: "(", close: ")", ..Site::default() });
            }
            Some(_) => {}
            // A guard would leave cases to no arm.
            None if !has_rest => {}
            None => {
                let end = arm.pat.span().byte_range().end;
                let part = |(id, _)| (id, format!(" if !{}", on(id)));
                let parts = deleted.into_iter().map(part).collect();
                self.add(Site { range: end..end, parts, ..Site::default() });
            }
        }
        self.visit_arm(arm);
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let Some(constness) = signature.constness else { return self.body(signature, block) };
        if self.constants.contains(&signature.ident.to_string()) {
            return self.in_constant(|finder| finder.visit_block(block));
        }
        let count = self.sites.len();
        self.body(signature, block);
        if self.sites.len() > count {
            let range = constness.span.byte_range();
            self.sites.push(Site { range, is_removed: true, ..Site::default() });
        }
    }

    fn body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        // A second `return` would need the same hidden type.
        if let Some(first) = block.stmts.first().filter(|_| !returns_hidden_type(signature)) {
            let part = |(id, text)| (id, format!(" if {} {{ return {text}; }}", on(id)));
            let parts = self.take(Genre::FnValue, first.span()).into_iter().map(part).collect();
            let start = block.brace_token.span.open().byte_range().end;
            self.add(Site { range: start..start, parts, ..Site::default() });
        }
        self.visit_block(block);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.in_constant(|finder| visit::visit_item_const(finder, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.in_constant(|finder| visit::visit_impl_item_const(finder, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.in_constant(|finder| visit::visit_trait_item_const(finder, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.in_constant(|finder| visit::visit_item_static(finder, item));
    }

    fn visit_expr_const(&mut self, block: &'ast syn::ExprConst) {
        self.in_constant(|finder| visit::visit_expr_const(finder, block));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.in_constant(|finder| visit::visit_variant(finder, variant));
    }

    fn visit_type(&mut self, of: &'ast syn::Type) {
        self.in_constant(|finder| visit::visit_type(finder, of));
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
        self.in_constant(|finder| finder.visit_expr(&repeat.len));
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        // `let` in a chain is no expression.
        if !has_let(&binary.left) && !has_let(&binary.right) {
            let [left, right] = [binary.left.span(), binary.right.span()];
            let sides = [left, right].map(|side| self.text_of(side));
            let alternative =
                |(id, operator)| (id, format!("({}) {operator} ({})", sides[0], sides[1]));
            let found = self.take(Genre::BinaryOperator, binary.op.span());
            let range = left.byte_range().start..right.byte_range().end;
            self.choose(range, found.into_iter().map(alternative).collect());
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let operand = self.text_of(unary.expr.span());
        let found = self.take(Genre::UnaryOperator, unary.op.span());
        let alternatives = found.into_iter().map(|(id, _)| (id, operand.to_owned())).collect();
        self.choose(unary.span().byte_range(), alternatives);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, expression: &'ast syn::ExprMatch) {
        let is_rest = |arm: &syn::Arm| arm.guard.is_none() && matches!(arm.pat, syn::Pat::Wild(_));
        let has_rest = expression.arms.iter().any(is_rest);
        self.visit_expr(&expression.expr);
        for arm in &expression.arms {
            self.arm(arm, has_rest);
        }
    }

    fn visit_expr_struct(&mut self, expression: &'ast syn::ExprStruct) {
        let rest = expression.rest.as_ref().map(|rest| self.text_of(rest.span()));
        for field in expression.fields.iter().filter(|field| field.colon_token.is_some()) {
            let found = self.take(Genre::StructField, field.span());
            let (Some(rest), syn::Member::Named(name)) = (rest, &field.member) else { continue };
            let base = match rest {
                "Default::default()" => {
                    format!("<{} as Default>::default()", self.text_of(expression.path.span()))
                }
                rest => format!("({rest})"),
            };
            let alternatives = found.into_iter().map(|(id, _)| (id, format!("{base}.{name}")));
            self.choose(field.expr.span().byte_range(), alternatives.collect());
        }
        visit::visit_expr_struct(self, expression);
    }
}

fn returns_hidden_type(signature: &syn::Signature) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut search = Search(false);
    search.visit_return_type(&signature.output);
    search.0
}

/// Whether the condition has a `let` whose names are in scope after it.
fn has_let(condition: &syn::Expr) -> bool {
    match condition {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
