// Writes synthetic leaks and member lists, the same on every run: node persons.mjs FOLDER.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const MEMBERS = 6000;
const LISTS = 2;

/** Weights the digits in turn, and adds the digit sums of the products, modulo 10. */
function checkDigit(digits, weights) {
  const products = [...digits].map((digit, place) => Number(digit) * weights[place % 2]);
  return products.reduce((sum, product) => sum + Math.floor(product / 10) + (product % 10), 0) % 10;
}

/** Letters count as two digits. */
const asDigits = (text) =>
  text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 64).padStart(2, "0"));

function insuredNumber(person) {
  const digits = String((person * 7654321 + 12345678) % 100000000).padStart(8, "0");
  const start = String.fromCharCode(65 + (person % 26)) + digits;
  return start + checkDigit(asDigits(start), [1, 2]);
}

/** Seventeen insurers. The last ones have the most members. */
function institution(person) {
  const start = "10" + String(412000 + Math.floor(Math.sqrt(person % 289)) * 37);
  return start + checkDigit(start.slice(2), [2, 1]);
}

/** Two thirds of the numbers are long, and contain the insurer's number. */
function longNumber(person) {
  const number = insuredNumber(person);
  if (person % 3 === 0) return number;
  const start = number + institution(person);
  return start + checkDigit(asDigits(start), [1, 2]);
}

const pick = (list, person) => list[Math.floor(person / 7) % list.length];
const SYLLABLES = ["bar", "dö", "fel", "gru", "hin", "ka", "lun", "mei", "nö", "pau", "ris", "sem", "tol", "wie", "zü"];
/** A last name that at most two persons have. */
const lastName = (person) =>
  "V" + [1, 15, 225].map((base) => SYLLABLES[Math.floor(person / base) % 15]).join("") + (person % 9 ? "" : "-Groß");
const FIRST = ["Ute", "Jörg", "Elif", "Hauke", "Anna Lena", "Paul", "Åse", "Karl-Heinz"];
const birthDate = (person) =>
  `${String(1 + (person % 28)).padStart(2, "0")}.${String(1 + (person % 12)).padStart(2, "0")}.${1930 + ((person * 13) % 71)}`;
const postcode = (person) => String(10000 + ((person * 7919) % 80000));
const email = (person) => `person${person}@example.de`;

function write(name, header, rows) {
  writeFileSync(join(folder, name), [header, ...rows].join("\n") + "\n");
}

const persons = Array.from({ length: MEMBERS }, (_, person) => person);

// A portal lost one to four records of every third person. All have the number, name and birth date; the other
// entries differ.
write(
  "portal.csv",
  "Versichertennummer;E-Mail;Telefon;Nachname;Vorname;Geburtsdatum;Passwort-Hash;Steuer-ID",
  persons.filter((person) => person % 3 === 1).flatMap((person) =>
    Array.from({ length: 1 + (person % 4) }, (_, record) =>
      [
        insuredNumber(person),
        record === 0 ? email(person) : "",
        record === 1 ? `0171 ${2000000 + person}` : "",
        lastName(person),
        pick(FIRST, person),
        birthDate(person),
        record === 2 ? "8c1f0b72d94e6a35" : "",
        person % 500 === 1 ? "12" : "",
      ].join(";"),
    ),
  ),
);
// An agency lost names and birth dates of every eleventh person.
write(
  "agency.csv",
  "Nachname;Vorname;Geburtsdatum;PLZ;E-Mail",
  persons.filter((person) => person % 11 === 5).map((person) =>
    [lastName(person), pick(FIRST, person), birthDate(person), postcode(person), person % 2 ? email(person) : "kein Eintrag"].join(";"),
  ),
);
writeFileSync(
  join(folder, "portal.toml"),
  `Name = "kundenportal-2026-10"
Title = "Kundenportal <der> Versicherten & ihrer 'Angehörigen'"
Domain = "portal.example.de"
BreachDate = "2026-10"
AddedDate = "2026-11-20"
Description = "Ein Angreifer hat Datensätze des Portals entwendet und zum Kauf angeboten."
DataClasses = ["Genders", "Health insurance information"]
`,
);
writeFileSync(
  join(folder, "agency.toml"),
  `Name = "${"dienstleister-".repeat(6)}2025"\nBreachDate = "2025-03-14"\nDescription = "Bei einem Dienstleister lagen Daten offen."\n`,
);

const HEADER = "Mitgliedsnummer;Versichertennummer;E-Mail;Telefon;Nachname;Vorname;Geburtsdatum;PLZ;IBAN";
for (let list = 0; list < LISTS; list++) {
  write(
    `members-${list + 1}.csv`,
    HEADER,
    persons.filter((person) => person % LISTS === list).map((person) => {
      // Some members have nothing usable, and some have an unusable value.
      if (person % 97 === 0) return `M${person};;;;;;;;`;
      const address = person % 89 === 0 ? "kein Eintrag" : person % 5 === 0 ? "" : email(person);
      const number = person % 61 === 0 ? insuredNumber(person).slice(0, 9) + "x" : longNumber(person);
      return [`M${person}`, number, address, `0171 ${2000000 + person}`, lastName(person), pick(FIRST, person), birthDate(person), postcode(person), ""].join(";");
    }),
  );
}
write("nobody.csv", HEADER, [
  "N1;Z123456783;zoe@example.org;;Klar;Zoe;05.06.1990;10115;",
  "N2;;;;;;;;",
  "N3;;zoe.example.org;;Klar;Zora;07.06.1990;10115;DE89370400440532013000",
]);

writeFileSync(
  join(folder, "insurer.toml"),
  `[insurer]
name = "BKK Beispiel"
street = "Musterstraße 1"
postal-code = "12345"
city = "Musterstadt"
phone = "0800 123 45 67"
signatory = "Dr. Erika Beispiel, Vorständin"
place = "Musterstadt"
measures-taken = ["Die Zugänge zum Kundenportal sind gesperrt.", "Alle Passwörter sind zurückgesetzt."]
measures-planned = ["Die betroffenen Personen werden mit einem Schreiben benachrichtigt."]
[insurer.data-protection-officer]
name = "Maria Muster"
address = "Musterstraße 1, 12345 Musterstadt"
phone = "0800 123 45 68"
email = "datenschutz@example.de"
[insurer.authority]
name = "Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit"
address = "Graurheindorfer Straße 153, 53117 Bonn"
[insurer.legal-supervision]
name = "Bundesamt für Soziale Sicherung"
`,
);
