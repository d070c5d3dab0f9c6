"""An index file, read with its key as docs/FORMAT.md describes."""

import documents
import seal
from head import read_head
from keys import KINDS
from table import Table, opened_payload


class Index:
    """Opened in all twelve steps of "What a reader checks". `canaries` has this reader's own canaries, by kind."""

    def __init__(self, data, key, canaries):
        self.key = key
        self.head = read_head(data)
        self.metadata = documents.read_metadata(data[self.head.sections["metadata"]], key)
        self.id = seal.check_head(data, self.head, key)
        documents.check_metadata(self.metadata, self.head)
        self.shard = self.metadata.get("shard", {"number": 0})["number"]
        documents.check_canaries(self.metadata, canaries)
        self.sealed_profiles = data[self.head.sections["profiles"]]
        self.profiles = documents.read_profiles(self.sealed_profiles, self.metadata, key)
        seal.check_body(data, self.head)
        self.table = Table(data, self.head, key)
        self.table.check(self.metadata)

    def dump(self):
        """Everything that the key reveals without an identifier."""
        return {
            "id": self.id,
            "metadata": self.metadata,
            "profiles": self.profiles,
            "origins": [self.origin(number) for number in range(self.head.origins)],
            "entries": [
                {
                    "pseudonym": self.table.shown(entry.pseudonym, self.shard).hex(),
                    "kind": KINDS[entry.postings[0].kind],
                    "postings": [
                        {
                            "origin": posting.origin,
                            "tag": f"{posting.tag:016x}",
                            "first": posting.first,
                            "sealed_payload": f"{posting.sealed:016x}",
                        }
                        for posting in entry.postings
                    ],
                }
                for bucket in range(1 << self.head.fan_out_bits)
                for entry in self.table.entries(bucket)
            ],
        }

    def origin(self, number):
        breach, _ = self.table.origins[number]
        return {
            "breach": self.metadata["breaches"][breach]["Name"],
            "data_classes": self.table.data_classes(number, self.metadata["data_classes"]),
        }

    def look_up(self, kind, canonical):
        """The leaked records with this identifier; None if the index cannot answer."""
        pseudonym, code_key = self.key.pseudonym(kind, canonical.encode("utf-8"))
        if not self.has(pseudonym):
            return None
        postings = self.table.find(pseudonym)
        if not postings and not any(one["kind"] == kind and one["identifiers"] for one in self.metadata["kinds"]):
            return None
        return [
            {"tag": f"{posting.tag:016x}"} | self.origin(posting.origin) | opened_payload(posting, code_key)
            for posting in postings
        ]

    def has(self, pseudonym):
        """Whether this is the shard of the pseudonym."""
        return int.from_bytes(pseudonym, "big") >> 128 - self.head.shard_bits == self.shard
