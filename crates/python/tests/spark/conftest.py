"""A session of Spark, and invented members and leaks.

LEAKDEX_SPARK_MASTER names the cluster. LEAKDEX_SPARK_MEMBERS is the number of members in the large test.
LEAKDEX_COMMAND is the command `leakdex` of the same version, for tests that compare with it.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("pyspark") else ["test_*.py"]

MASTER = os.environ.get("LEAKDEX_SPARK_MASTER", "local[2,4]")


@pytest.fixture(scope="session")
def key_file(tmp_path_factory):
    """A key file that everybody may read, like the secrets that a container mounts."""
    import leakdex

    path = tmp_path_factory.mktemp("secrets") / "leakdex.key"
    leakdex.Key.from_bytes(bytes(range(32))).save(path)
    path.chmod(0o644)
    return path


@pytest.fixture(scope="session")
def disks(tmp_path_factory):
    """The folder of Spark's own files, such as shuffle files."""
    return str(tmp_path_factory.mktemp("disks"))


@pytest.fixture(scope="session")
def spark(key_file, disks):
    import pyspark
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession

    # Executors of a local cluster are separate processes, which find Spark by this variable.
    os.environ.setdefault("SPARK_HOME", os.path.dirname(pyspark.__file__))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["LEAKDEX_KEY"] = key_file.read_text()
    # Workers cannot import the modules of the tests.
    for name in [name for name in sys.modules if name.startswith(("test_", "people"))]:
        cloudpickle.register_pickle_by_value(sys.modules[name])
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1g",
        "spark.local.dir": disks,
        # A test searches these files for values, so they stay, and are not compressed.
        "spark.cleaner.referenceTracking": "false",
        "spark.shuffle.compress": "false",
        "spark.shuffle.spill.compress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
    }
    session = SparkSession.builder.master(MASTER).appName("leakdex")
    for name, value in settings.items():
        session = session.config(name, value)
    session = session.getOrCreate()
    # The tests make tasks fail, and each failure would print pages.
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def key():
    """A function that returns the key, on the driver and on workers."""

    def make():
        import leakdex

        return leakdex.Key.from_bytes(bytes(range(32)))

    return make


@pytest.fixture(scope="session")
def leak(spark, tmp_path_factory):
    """A leak of 10,000 persons. The members are the persons with the numbers 0, 10, 20 and so on."""
    import people

    path = str(tmp_path_factory.mktemp("leak") / "leak.parquet")
    people.persons(spark, 10_000, step=10).write.parquet(path)
    return spark.read.parquet(path)


@pytest.fixture(scope="session")
def index(leak, key, tmp_path_factory):
    """The path of an index of the leak, built by this process."""
    import leakdex
    import pyarrow.parquet as pq

    path = str(tmp_path_factory.mktemp("index") / "leak.leakdex")
    builder = leakdex.IndexBuilder(key(), "portal-2023")
    builder.add(pq.read_table(Path(leak.inputFiles()[0].removeprefix("file://")).parent))
    builder.publish(path)
    return path
