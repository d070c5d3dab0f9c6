//! The codes of the states and organisations that issue documents (Doc 9303-3, section 5): the
//! three-letter codes of ISO 3166-1, and some more.

use super::{FILLER, GERMANY};

/// "Utopia", the issuer of the examples in Doc 9303.
pub(super) const SPECIMEN: &str = "UTO";

/// The code of a state. Germany's has one letter in documents, and two or three elsewhere.
pub(super) fn state(text: &str) -> Option<&'static str> {
    match text {
        "D" | "DE" | "DEU" => Some(GERMANY),
        _ if text.len() == 3 => CODES.split_ascii_whitespace().find(|&code| code == text),
        _ => None,
    }
}

/// A state in the first three places of a text, and the rest of the text.
pub(super) struct Padded<'t> {
    pub state: &'static str,
    pub rest: &'t str,
}

pub(super) fn padded_state(text: &str) -> Option<Padded<'_>> {
    if let Some(rest) = text.strip_prefix(GERMANY)
        && !rest.starts_with(|next: char| next.is_ascii_uppercase())
    {
        // There are two fillers. People may leave them out.
        let filler = char::from(FILLER);
        let rest = rest
            .strip_prefix(filler)
            .map_or(rest, |rest| rest.strip_prefix(filler).unwrap_or(rest));
        return Some(Padded { state: GERMANY, rest });
    }
    let (code, rest) = text.split_at_checked(3)?;
    state(code).map(|state| Padded { state, rest })
}

const CODES: &str = "\
    ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD \
    BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR \
    COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP \
    EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM \
    GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN \
    KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO \
    MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER \
    NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE \
    PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR \
    SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA \
    UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE \
    EUE GBD GBN GBO GBP GBS IAO RKS UNA UNK UNO UTO XBA XCC XCE XCO XDC XEC XES XIM XMP XOM XPO";
