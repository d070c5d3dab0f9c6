"""A check on a cluster gives the same results as a check in one process."""

from __future__ import annotations

import os
import signal
import shutil

import leakdex
import people
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leakdex import spark as leaks
from pyspark.sql import functions as F

MEMBERS = int(os.environ.get("LEAKDEX_SPARK_MEMBERS", "1000000"))


def files_of(frame):
    return [path.removeprefix("file://") for path in frame.inputFiles()]


def table_of(frame):
    return pa.concat_tables(pq.read_table(path) for path in files_of(frame))


def written(frame, folder):
    path = str(folder / "verdicts")
    frame.write.parquet(path)
    return frame.sparkSession.read.parquet(path)


def in_one_process(members, index, key, keep):
    with leakdex.Index.open(index, key()) as opened:
        verdicts = opened.check(members, keep=keep)
        return pa.table(verdicts), verdicts.counts, verdicts.caveats


def by_member(table):
    return table.sort_by("member")


def caveats_as_text(caveats):
    return sorted(repr(caveat) for caveat in caveats)


def assert_same(verdicts, index, key, members, keep=("member",)):
    """Asserts that the verdicts, row by row, the counts and the caveats equal those of one process."""
    expected, counts, caveats = in_one_process(members, index, key, keep)
    found = by_member(table_of(verdicts).drop_columns(["run_counts"]))
    assert found.num_rows == members.num_rows
    assert found.cast(expected.schema).equals(by_member(expected))
    outcome = leaks.outcome(verdicts, index, key)
    assert repr(outcome.counts) == repr(counts)
    assert caveats_as_text(outcome.caveats) == caveats_as_text(caveats)


def killing(marker, at_rows):
    """A step before the check that kills its worker once, after this many rows of a partition."""

    def pass_on(batches):
        rows = 0
        for batch in batches:
            yield batch
            rows += batch.num_rows
            if rows >= at_rows:
                try:
                    os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                os.kill(os.getpid(), signal.SIGKILL)

    return pass_on


@pytest.fixture(scope="module")
def members(spark, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("members") / "members.parquet")
    people.persons(spark, 30_000, partitions=6).write.parquet(path)
    return spark.read.parquet(path)


def test_a_million_members_in_a_million_out(spark, index, key, tmp_path):
    path = str(tmp_path / "members.parquet")
    people.persons(spark, MEMBERS).write.parquet(path)
    members = spark.read.parquet(path)
    verdicts = written(leaks.check(members, index, key, keep=["member"]), tmp_path)
    assert verdicts.count() == MEMBERS
    assert verdicts.where("verdict = 'affected'").count() >= min(MEMBERS // 10, 10_000) * 4 // 5
    assert_same(verdicts, index, key, table_of(members))


def test_killing_a_task_midway_changes_nothing(members, index, key, tmp_path):
    marker = str(tmp_path / "killed")
    dying = members.repartition(2).mapInArrow(killing(marker, 10_000), members.schema)
    verdicts = written(leaks.check(dying, index, key, keep=["member"]), tmp_path)
    assert os.path.exists(marker)
    assert_same(verdicts, index, key, table_of(members))


def test_killing_the_worker_that_checks_changes_nothing(members, index, key, tmp_path):
    marker = str(tmp_path / "killed")

    def dying_key():
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return key()
        os.kill(os.getpid(), signal.SIGKILL)

    verdicts = written(leaks.check(members, index, dying_key, keep=["member"]), tmp_path)
    assert os.path.exists(marker)
    assert_same(verdicts, index, key, table_of(members))


def test_empty_and_skewed_partitions_lose_no_row(members, index, key, tmp_path):
    skewed = members.repartition(7, F.when(F.col("PLZ") < "90000", 0).otherwise(1))
    verdicts = written(leaks.check(skewed, index, key, keep=["member"]), tmp_path)
    assert_same(verdicts, index, key, table_of(members))


def test_each_process_opens_the_index_once(members, index, key, tmp_path):
    def noting_key():
        with open(tmp_path / str(os.getpid()), "a") as note:
            note.write("opened\n")
        return key()

    verdicts = leaks.check(members.repartition(12), index, noting_key, keep=["member"])
    assert verdicts.count() == members.count()
    notes = [path.read_text() for path in tmp_path.iterdir()]
    assert notes and all(note == "opened\n" for note in notes)


def test_kept_columns_are_unchanged(members, index, key):
    more = members.limit(100).selectExpr(
        "*",
        "array(PLZ, 'x') as list",
        "named_struct('a', 1, 'b', Geburtsdatum) as nested",
        "map('a', 1) as pairs",
        "cast(1.5 as decimal(10, 2)) as number",
        "timestamp '2023-01-01 12:00:00' as moment",
    ).cache()
    keep = ["nested", "member", "list", "pairs", "number", "moment", "Geburtsdatum"]
    # Lists and similar types must be left out explicitly, since they are not read.
    ignored = {"list": "ignore", "nested": "ignore", "pairs": "ignore"}
    with pytest.raises(leakdex.ColumnsError, match="'list'"):
        leaks.check(more, index, key, keep=keep)
    verdicts = leaks.check(more, index, key, keep=keep, columns=ignored)
    kept = more.select(keep)
    assert verdicts.schema.fields[: len(keep)] == kept.schema.fields
    assert verdicts.select(keep).collect() == kept.collect()


def test_members_without_the_key_are_an_error(members, index):
    def no_key():
        raise KeyError("the secret 'leakdex' is not in the scope")

    with pytest.raises(Exception, match="the secret 'leakdex' is not in the scope"):
        leaks.check(members, index, no_key, keep=["member"]).collect()


def test_another_key_and_a_missing_index_are_errors_of_the_workers(members, index, tmp_path):
    def other_key():
        return leakdex.Key.from_bytes(bytes(range(1, 33)))

    for path, make, error in [
        (index, other_key, "leakdex.IndexFault"),
        (str(tmp_path / "none.leakdex"), other_key, "leakdex.IoError"),
    ]:
        with pytest.raises(Exception) as raised:
            leaks.check(members, path, make, keep=["member"]).collect()
        text = str(raised.value)
        assert error in text and path in text
        assert "@example.de" not in text


def test_a_key_file_that_spark_hands_out_is_refused_with_advice(spark, members, index, key, tmp_path):
    file = tmp_path / "breach.key"
    key().save(file)
    spark.sparkContext.addFile(str(file))

    def from_files():
        from pyspark import SparkFiles

        return leakdex.Key.load(SparkFiles.get("breach.key"))

    with pytest.raises(Exception, match="leakdex.KeyFault"):
        leaks.check(members, index, from_files, keep=["member"]).collect()


def test_an_index_that_spark_hands_out_is_used(spark, members, index, key, tmp_path):
    spark.sparkContext.addFile(index)
    name = os.path.basename(index)

    def on_worker():
        from pyspark import SparkFiles

        return SparkFiles.get(name)

    verdicts = written(leaks.check(members, on_worker, key, keep=["member"]), tmp_path)
    assert_same(verdicts, index, key, table_of(members))


def test_an_index_that_is_replaced_between_tasks_is_noticed(members, leak, index, key, tmp_path):
    current, other = str(tmp_path / "own.leakdex"), str(tmp_path / "other.leakdex")
    shutil.copy(index, current)
    builder = leakdex.IndexBuilder(key(), "portal-2023")
    builder.add(table_of(leak).slice(0, 5000))
    builder.publish(other)
    marker = str(tmp_path / "replaced")

    def replaced_later():
        from pyspark import TaskContext

        # This partition begins after the first tasks have ended, since there are two cores.
        if TaskContext.get().partitionId() == 5 and not os.path.exists(marker):
            os.replace(other, current)
            open(marker, "w").close()
        return current

    ordered = members.repartition(6)
    verdicts = written(leaks.check(ordered, replaced_later, key, keep=["member"]), tmp_path)
    with pytest.raises(leakdex.CountsError, match="index"):
        leaks.outcome(verdicts, current, key)


def test_an_older_index_is_an_error_of_the_workers(members, index, key):
    # This index has generation 0.
    assert leaks.check(members, index, key, keep=["member"], min_generation=0).count() == members.count()
    with pytest.raises(Exception, match="leakdex.IndexFault") as raised:
        leaks.check(members, index, key, keep=["member"], min_generation=1).collect()
    assert "generation 1 or later" in str(raised.value)


def test_an_outcome_of_fewer_or_repeated_rows_is_refused(members, index, key, tmp_path):
    verdicts = written(leaks.check(members, index, key, keep=["member"]), tmp_path)
    for others in (
        verdicts.where("verdict = 'affected'"),
        verdicts.limit(20_000),
        verdicts.unionByName(verdicts.limit(10)),
        verdicts.where("run_counts is null"),
    ):
        with pytest.raises(leakdex.CountsError, match="rows"):
            leaks.outcome(others, index, key)
    with pytest.raises(leakdex.ColumnsError, match="run_counts"):
        leaks.outcome(verdicts.drop("run_counts"), index, key)


def test_an_outcome_of_a_repeated_or_lost_partition_is_refused(members, index, key, tmp_path):
    checked = leaks.check(members, index, key, keep=["member"])
    verdicts = written(checked, tmp_path)
    for twice in (verdicts.union(verdicts), checked.union(checked).coalesce(2)):
        with pytest.raises(leakdex.CountsError, match="twice"):
            leaks.outcome(twice, index, key)
    lost = verdicts.where(~F.input_file_name().contains("part-00000"))
    assert 0 < lost.count() < verdicts.count()
    with pytest.raises(leakdex.CountsError, match="30000 members, and the counts cover"):
        leaks.outcome(lost, index, key, members=members.count())
    assert leaks.outcome(verdicts, index, key, members=members.count()).counts.rows == 30_000


def test_an_outcome_of_two_runs_is_refused(members, index, key):
    halves = [members.where(f"PLZ {sign} '50000'") for sign in ("<", ">=")]
    one, other = [leaks.check(half, index, key, keep=["member"]) for half in halves]
    with pytest.raises(leakdex.CountsError, match="several calls"):
        leaks.outcome(one.union(other), index, key)


def test_several_partitions_in_one_task_are_one_run(members, index, key, tmp_path):
    verdicts = written(leaks.check(members, index, key, keep=["member"]).coalesce(1), tmp_path)
    assert_same(verdicts, index, key, table_of(members))


def test_an_outcome_against_another_index_is_refused(members, leak, index, key, tmp_path):
    other = str(tmp_path / "other.leakdex")
    builder = leakdex.IndexBuilder(key(), "portal-2023")
    builder.add(table_of(leak).slice(0, 5000))
    builder.publish(other)
    verdicts = written(leaks.check(members, index, key, keep=["member"]), tmp_path)
    with pytest.raises(leakdex.CountsError, match="other indexes"):
        leaks.outcome(verdicts, other, key)


def test_columns_are_refused_before_a_member_is_checked(spark, members, index, key):
    def never():
        raise AssertionError("no worker may start")

    def refused(error, match, frame=members, **given):
        given = {"index": index, "key": key, "keep": ["member"], **given}
        with pytest.raises(error, match=match):
            leaks.check(frame, **given)

    integers = members.withColumn("PLZ", F.col("PLZ").cast("int"))
    refused(leakdex.ColumnsError, "PLZ", integers)
    unused = members.withColumnRenamed("E-Mail", "x")
    refused(leakdex.ColumnsError, "x", unused)
    # Workers do not get the column, so only an action proves that they do not need it.
    checked = leaks.check(unused, index, key, columns={"x": "ignore"}, keep=["member"])
    assert checked.count() == unused.count()
    refused(leakdex.ColumnsError, "keep: name at least", keep=[])
    refused(leakdex.ColumnsError, "keep", keep=["nobody"])
    renamed = members.withColumnRenamed("member", "Verdict")
    refused(leakdex.ColumnsError, "column of the verdict", renamed, keep=["Verdict"])
    refused(leakdex.ColumnsError, "twice", keep=["member", "member"])
    refused(leakdex.InputTypeError, "list of column names", keep="member")
    refused(leakdex.InputTypeError, "does not travel", key=key())
    refused(leakdex.InputTypeError, "function", key="breach.key")
    refused(leakdex.InputTypeError, "s3", index="s3://bucket/breach.leakdex")
    slashes = members.withColumn("Geburtsdatum", F.lit("03/04/1970"))
    refused(leakdex.ColumnsError, "date_order", slashes)
    leaks.check(slashes, index, key, keep=["member"], date_order="day-first")
    refused(leakdex.StreamError, "no rows", members.limit(0))
    refused(leakdex.ColumnsError, "one name", members.select("*", "PLZ"))
