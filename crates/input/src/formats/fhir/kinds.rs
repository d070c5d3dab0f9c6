//! The types of resources, the number of skipped resources of each type, and the number of skipped elements.

use std::{
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

/// The types that describe persons. Each resource of these types is a row.
const PERSONS: [&str; 4] = ["Patient", "Person", "Practitioner", "RelatedPerson"];

/// The types of FHIR R4 and R5. Messages show only these: any other word may be a value.
const TYPES: &str = "Account ActivityDefinition ActorDefinition AdministrableProductDefinition \
    AdverseEvent AllergyIntolerance Appointment AppointmentResponse ArtifactAssessment AuditEvent \
    Basic Binary BiologicallyDerivedProduct BiologicallyDerivedProductDispense BodyStructure Bundle \
    CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Citation Claim \
    ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem Communication \
    CommunicationRequest CompartmentDefinition Composition ConceptMap Condition ConditionDefinition \
    Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue \
    Device DeviceAssociation DeviceDefinition DeviceDispense DeviceMetric DeviceRequest DeviceUsage \
    DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference \
    EffectEvidenceSynthesis Encounter EncounterHistory Endpoint EnrollmentRequest EnrollmentResponse \
    EpisodeOfCare EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario \
    ExplanationOfBenefit FamilyMemberHistory Flag FormularyItem GenomicStudy Goal GraphDefinition \
    Group GuidanceResponse HealthcareService ImagingSelection ImagingStudy Immunization \
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide Ingredient InsurancePlan \
    InventoryItem InventoryReport Invoice Library Linkage List Location ManufacturedItemDefinition \
    Measure MeasureReport Media Medication MedicationAdministration MedicationDispense \
    MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct \
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductDefinition \
    MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction \
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical \
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence \
    NamingSystem NutritionIntake NutritionOrder NutritionProduct Observation ObservationDefinition \
    OperationDefinition OperationOutcome Organization OrganizationAffiliation \
    PackagedProductDefinition Parameters Patient PaymentNotice PaymentReconciliation Permission \
    Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire \
    QuestionnaireResponse RegulatedAuthorization RelatedPerson RequestGroup RequestOrchestration \
    Requirements ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject \
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen \
    SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus \
    SubscriptionTopic Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer \
    SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification \
    SupplyDelivery SupplyRequest Task TerminologyCapabilities TestPlan TestReport TestScript \
    Transport ValueSet VerificationResult VisionPrescription";

/// The name as a FHIR type, if it is one.
pub(super) fn known(name: &str) -> Option<&'static str> {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| TYPES.split(' ').collect());
    KNOWN.get(name).copied()
}

pub(super) fn is_person(name: &str) -> bool {
    PERSONS.contains(&name)
}

/// Whether the type only contains other resources.
pub(super) fn is_container(name: &str) -> bool {
    matches!(name, "Bundle" | "Parameters")
}

/// Whether identifiers of this system are insured numbers of statutory or private insurance, with ten or 30
/// characters. The addresses used before 2020 and the OID count, too.
pub(super) fn is_insured_number(system: &str) -> bool {
    const HOST: [&str; 2] = ["http://fhir.de/", "https://fhir.de/"];
    const PATHS: [&str; 2] = ["sid/", "NamingSystem/"];
    const NUMBERS: [&str; 4] = ["gkv/kvid-10", "pkv/kvid-10", "gkv/kvnr-30", "gkv/kvnr-20"];
    let system = system.trim();
    let path = HOST.iter().find_map(|host| system.strip_prefix(host));
    let number = path.and_then(|path| PATHS.iter().find_map(|folder| path.strip_prefix(folder)));
    number.is_some_and(|number| NUMBERS.contains(&number)) || system == "urn:oid:1.2.276.0.76.4.8"
}

/// Whether identifiers of this type are insured numbers, in German profiles.
pub(super) fn is_type_of_insured_number(code: &str) -> bool {
    matches!(code.trim(), "KVZ10" | "KVZ20" | "KVZ30")
}

/// The elements of persons in R4 and R5.
const ELEMENTS: &str = "active address birthDate communication contact contained deceasedBoolean \
    deceasedDateTime extension gender generalPractitioner id identifier implicitRules language link \
    managingOrganization maritalStatus meta modifierExtension multipleBirthBoolean \
    multipleBirthInteger name patient period photo qualification relationship telecom text";

/// The number of elements of persons that FHIR does not define.
#[derive(Default)]
pub(super) struct UnknownElements {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl UnknownElements {
    /// Counts an element if it is unknown. The name is kept only if it is a plain word.
    pub fn count(&mut self, name: &str) {
        const MAX_COUNT: usize = 20;
        const MAX_LENGTH: usize = 32;
        static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| ELEMENTS.split(' ').collect());
        if KNOWN.contains(name) {
            return;
        }
        if let Some(count) = self.counts.get_mut(name) {
            *count += 1;
        } else if self.counts.len() < MAX_COUNT
            && name.len() <= MAX_LENGTH
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            self.counts.insert(name.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The counts, for a message.
    pub fn note(&self) -> Option<String> {
        let mut list: Vec<String> =
            self.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        if self.others > 0 {
            list.push(format!("{} of other names", self.others));
        }
        let list = list.join(", ");
        (!list.is_empty())
            .then(|| format!("elements of persons that FHIR does not define are not read: {list}"))
    }
}

/// The number of resources of each type that are not rows.
#[derive(Default)]
pub(super) struct SkippedResources {
    counts: BTreeMap<&'static str, u64>,
}

impl SkippedResources {
    pub fn count(&mut self, name: &str) {
        *self.counts.entry(known(name).unwrap_or("of other types")).or_default() += 1;
    }

    /// The counts without containers, for a message.
    pub fn note(&self) -> Option<String> {
        let list = self.list(|name| !is_container(name));
        (!list.is_empty()).then(|| {
            format!("resources without a person or an insured number are not rows: {list}")
        })
    }

    /// All counts, for a message.
    pub fn counts_for_message(&self) -> String {
        if self.counts.is_empty() { "no resource".to_owned() } else { self.list(|_| true) }
    }

    fn list(&self, is_listed: impl Fn(&str) -> bool) -> String {
        let counts = self.counts.iter().filter(|(name, _)| is_listed(name));
        counts.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insured_numbers_are_known_by_their_system() {
        for system in [
            "http://fhir.de/sid/gkv/kvid-10",
            "http://fhir.de/sid/pkv/kvid-10",
            "http://fhir.de/NamingSystem/gkv/kvid-10",
            "urn:oid:1.2.276.0.76.4.8",
            " http://fhir.de/sid/gkv/kvid-10\n",
        ] {
            assert!(is_insured_number(system), "{system}");
        }
        for system in ["http://fhir.de/sid/arge-ik/iknr", "http://example.org/gkv/kvid-10", ""] {
            assert!(!is_insured_number(system), "{system}");
        }
    }

    #[test]
    fn unknown_elements_are_named_only_if_they_are_plain_words() {
        let mut unknown = UnknownElements::default();
        ELEMENTS.split(' ').for_each(|name| unknown.count(name));
        assert_eq!(unknown.note(), None);
        ["telceom", "Muster", "eva@example.de", "telceom"].iter().for_each(|n| unknown.count(n));
        let note = unknown.note().expect("there are some");
        assert!(note.ends_with(": 2 telceom, 2 of other names"), "{note}");
        for letter in 'a'..='z' {
            unknown.count(&letter.to_string());
        }
        let note = unknown.note().expect("there are some");
        assert!(note.ends_with(", 9 of other names"), "{note}");
    }

    #[test]
    fn only_types_of_fhir_are_named() {
        assert_eq!(known("CodeSystem"), Some("CodeSystem"));
        assert_eq!(known("MaxMuster"), None);
        let mut passed = SkippedResources::default();
        ["Bundle", "MaxMuster", "Claim", "Claim"].iter().for_each(|name| passed.count(name));
        assert_eq!(passed.counts_for_message(), "1 Bundle, 2 Claim, 1 of other types");
        let note = passed.note().expect("there are some");
        assert!(note.ends_with(": 2 Claim, 1 of other types"), "{note}");
    }
}
