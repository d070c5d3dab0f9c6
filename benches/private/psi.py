"""Compares the private check with OpenMined PSI, in one run.

    pip install openmined.psi==2.0.6
    cargo build --release -p leakdex-cli
    python benches/private/psi.py target/release/leakdex [--members N]

Both sides have one identifier for each member, and one thread. The figures are CPU time in microseconds for each
element. A tenth of the members are in the leak. PSI gets lists in memory. leakdex reads CSV files, writes its files,
and makes and verifies proofs, which PSI does not have.
"""

import argparse
import pathlib
import resource
import subprocess
import tempfile
import time

import private_set_intersection.python as psi


def insured_number(number):
    """An insured number with a valid check digit."""
    letter = number % 26
    digits = f"{number * 7_654_321 % 100_000_000:08}"
    products = [int(digit) * weight for digit, weight in zip(f"{letter + 1:02}{digits}", [1, 2] * 5)]
    check = sum(product // 10 + product % 10 for product in products) % 10
    return f"{chr(ord('A') + letter)}{digits}{check}"


def write(path, numbers):
    path.write_text("Mitglied;KVNR\n" + "".join(f"m{place};{number}\n" for place, number in enumerate(numbers)))


def leakdex_times(command, folder, members, leaked):
    """The CPU seconds of each step."""
    write(folder / "members.csv", members)
    write(folder / "leak.csv", leaked)

    def run(arguments, statuses=(0,)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = [command, "private", *arguments.split(), "--threads", "1", "--quiet"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert done.returncode in statuses, done.stderr
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done.stdout.strip(), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    provider, _ = run("signer provider.key")
    insurer, _ = run("signer insurer.key")
    run("epoch epoch.seed --name bench --kinds kvnr")
    run(f"grant --ledger ledger --epoch epoch.seed --insurer {insurer} --members {10 * len(members)}")
    signer = "--epoch epoch.seed --signer provider.key"
    _, table = run(f"table {signer} --output leak.table leak.csv")
    asking = f"--leak-table leak.table --provider {provider} --signer insurer.key --state state"
    _, ask = run(f"ask {asking} --output request members.csv")
    _, answer = run(f"answer {signer} --ledger ledger --output response request")
    finishing = "--leak-table leak.table --state state --request request --response response"
    # Some numbers look like test numbers, so members without a match are indeterminate: status 3.
    _, finish = run(f"finish {finishing} --output findings.csv members.csv", (0, 3))
    found = len((folder / "findings.csv").read_text().splitlines()) - 1
    return {"table": table, "ask": ask, "answer": answer, "finish": finish}, found


def psi_times(members, leaked):
    """The same for OpenMined PSI. Its server needs a new setup for each client."""
    client, server = psi.client.CreateWithNewKey(True), psi.server.CreateWithNewKey(True)
    times = {}

    def timed(step, work):
        start = time.process_time()
        result = work()
        times[step] = time.process_time() - start
        return result

    raw = psi.DataStructure.RAW
    setup = timed("table", lambda: server.CreateSetupMessage(0.0, len(members), leaked, raw))
    request = timed("ask", lambda: client.CreateRequest(members))
    response = timed("answer", lambda: server.ProcessRequest(request))
    found = timed("finish", lambda: client.GetIntersection(setup, response))
    return times, len(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--members", type=int, default=40_000)
    arguments = parser.parse_args()
    members = [insured_number(number) for number in range(arguments.members)]
    leaked = members[:: 10]
    assert len(set(members)) == len(members)
    best = {}
    # The programs alternate three times, since the machine may be busy.
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            command = str(pathlib.Path(arguments.command).resolve())
            ours, found = leakdex_times(command, pathlib.Path(folder), members, leaked)
        theirs, found_by_psi = psi_times(members, leaked)
        assert found == found_by_psi == len(leaked), (found, found_by_psi, len(leaked))
        for step in ours:
            pair = best.get(step, (float("inf"), float("inf")))
            best[step] = (min(pair[0], ours[step]), min(pair[1], theirs[step]))
    print("| step | leakdex, µs | OpenMined PSI, µs | ratio |\n|---|---:|---:|---:|")
    for step, (ours, theirs) in best.items():
        count = len(leaked) if step == "table" else len(members)
        ours, theirs = ours / count * 1e6, theirs / count * 1e6
        print(f"| {step} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
