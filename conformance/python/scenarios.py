"""What every Python client has to be able to do, over one small interface to them.

A client offers `version`, `codecs`, `close()`, the methods of administration used below (which raise an
exception whose text or type names the error), `produce(records, **options)`, which sends Records and
returns after all were acknowledged, and `consumer(group, topics, **options)`. A consumer offers
`poll()` to a list of Records within 100 ms, `assignment()` to a set of partition numbers, `commit()`,
`seek(topic, partition, offset)` and `close()`.
"""

from collections import Counter
from dataclasses import dataclass, field

from checks import equal, until

# A batch of one null-keyed record is this much larger than its value, at values near 1 MiB.
BATCH_OVERHEAD = 72
DEFAULT_MAX_MESSAGE_BYTES = 1048588


@dataclass
class Record:
    topic: str
    value: bytes | None
    key: bytes | None = None
    partition: int | None = None
    timestamp: int | None = None
    headers: list = field(default_factory=list)
    offset: int = -1


def raises(name, body):
    """Fails unless the body raises an error that is called so, whatever the client's spelling."""
    plain = name.replace("_", "").lower()
    try:
        body()
    except Exception as error:  # noqa: BLE001 - every client has its own
        chain = f"{type(error).__name__} {error!r} {error}".replace("_", "").replace(" ", "").lower()
        assert plain in chain, f"expected {name}, got {type(error).__name__}: {error}"
        return
    raise AssertionError(f"expected {name}, but nothing failed")


class Scenarios:
    def __init__(self, checks, client, prefix):
        self.checks = checks
        self.client = client
        self.prefix = prefix

    def run(self):
        check = self.checks.check
        check("produce and consume", self.produce_and_consume)
        for codec in self.client.codecs:
            check(f"compression {codec}", self.compression, codec)
        check("headers", self.headers)
        check("null keys and values", self.nulls)
        check("1 MB record", self.large_record)
        check("record beyond max.message.bytes refused", self.too_large)
        check("100,000 records", self.many_records)
        check("idempotent producer", self.idempotent)
        check("transactional producer", self.transactions)
        check("group of two", self.group_of_two)
        check("commit and resume", self.commit_and_resume)
        check("create, describe and delete topics", self.topics)
        check("topic configs", self.topic_configs)
        check("create partitions", self.create_partitions)
        check("list offsets", self.list_offsets)
        check("delete records", self.delete_records)
        check("list, describe, lag and delete groups", self.groups)
        check("refused topics", self.refused_topics)
        check("unknown topic", self.unknown_topic)
        check("offset out of range", self.out_of_range)

    def name(self, name):
        return f"{self.prefix}-{name}"

    def topic(self, name, partitions=1, configs=None):
        topic = self.name(name)
        self.client.create_topic(topic, partitions, 1, configs or {})
        until(f"{topic} has leaders", lambda: self.client.leaders(topic) == [1] * partitions)
        return topic

    def read(self, topic, count):
        consumer = self.client.consumer(self.name(f"read-{topic}"), [topic])
        try:
            records = []
            until(f"{count} records came", lambda: records.extend(consumer.poll()) or len(records) >= count)
            equal(count, len(records), "records")
            return records
        finally:
            consumer.close()

    @staticmethod
    def numbered(topic, first, count):
        return [Record(topic, b"value-%d" % i, b"key-%d" % (i % 100)) for i in range(first, first + count)]

    def produce_and_consume(self):
        topic = self.topic("basic", 3)
        start = 1_700_000_000_000
        self.client.produce(
            [Record(topic, b"v%d" % i, b"k%d" % i, i % 3, start + i) for i in range(300)]
        )
        last = {}
        for r in self.read(topic, 300):
            i = r.offset * 3 + r.partition
            equal((b"k%d" % i, b"v%d" % i, start + i), (r.key, r.value, r.timestamp), f"record {i}")
            equal(last.get(r.partition, -1) + 1, r.offset, "next offset")
            last[r.partition] = r.offset

    def compression(self, codec):
        topic = self.topic(f"codec-{codec}")
        self.client.produce(self.numbered(topic, 0, 2000), compression=codec)
        read = self.read(topic, 2000)
        equal([b"value-%d" % i for i in range(2000)], [r.value for r in read], "values")
        equal(list(range(2000)), [r.offset for r in read], "offsets")

    def headers(self):
        topic = self.topic("headers")
        headers = [("a", b"1"), ("a", b"2"), ("empty", b""), ("grüße", b"\x00\xff")]
        if self.client.null_headers:
            headers.append(("null", None))
        self.client.produce([Record(topic, b"v", headers=headers)])
        equal(headers, self.read(topic, 1)[0].headers, "headers")

    def nulls(self):
        topic = self.topic("nulls")
        pairs = [(None, b"v"), (b"", b""), (b"k", None)]
        if self.client.null_records:
            pairs.append((None, None))
        self.client.produce([Record(topic, value, key, 0) for key, value in pairs])
        equal(pairs, [(r.key, r.value) for r in self.read(topic, len(pairs))], "keys and values")

    def large_record(self):
        topic = self.topic("large")
        values = [bytes(range(250)) * 4000, b"x" * (DEFAULT_MAX_MESSAGE_BYTES - BATCH_OVERHEAD)]
        for value in values:
            self.client.produce([Record(topic, value)])
        equal(values, [r.value for r in self.read(topic, 2)], "large records")

    def too_large(self):
        topic = self.topic("too-large")
        value = b"x" * (DEFAULT_MAX_MESSAGE_BYTES - BATCH_OVERHEAD + 1)
        raises(self.client.too_large, lambda: self.client.produce([Record(topic, value)]))
        self.client.produce([Record(topic, b"small")])
        self.read(topic, 1)

    def many_records(self):
        count = 100_000
        topic = self.topic("many", 4)
        self.client.produce(
            [Record(topic, b"value-%d" % i, b"key-%d" % (i % 1000)) for i in range(count)]
        )
        following, where = {}, {}
        for r in self.read(topic, count):
            first = int(r.key[4:])
            i = following.get(r.key, first)
            following[r.key] = i + 1000
            equal(b"value-%d" % i, r.value, f"next record of {r.key}")
            equal(where.setdefault(r.key, r.partition), r.partition, f"partition of {r.key}")
        equal(1000, len(following), "keys")
        for key, i in following.items():
            equal(count + int(key[4:]), i, f"records of {key}")

    def idempotent(self):
        topic = self.topic("idempotent")
        self.client.produce(self.numbered(topic, 0, 3000), idempotent=True)
        equal([b"value-%d" % i for i in range(3000)], [r.value for r in self.read(topic, 3000)], "values")

    def transactions(self):
        """A client's `transact` runs a transaction per (value, offset, commits), all by one producer."""
        topic = self.topic("transactions")
        group = self.name("transactions")
        ends = [(b"a", 1, False), (b"b", 2, True), (b"c", 3, False), (b"d", 4, True)]
        self.client.transact(topic, group, ends)
        consumer = self.client.consumer(self.name("transactions-read"), [topic], read_committed=True)
        try:
            records = []
            until("what was committed came", lambda: records.extend(consumer.poll()) or len(records) >= 2)
            equal([b"b", b"d"], [r.value for r in records], "committed values")
        finally:
            consumer.close()
        equal(4, len(self.read(topic, 4)), "values in all")
        equal(4, self.client.committed(group, topic), "committed offset")

    def gather(self, consumers, seen, condition):
        def step():
            for consumer in consumers:
                seen.update(r.value for r in consumer.poll())
            return condition()

        until("the group has done its part", step)

    def group_of_two(self):
        topic = self.topic("two", 4)
        group = self.name("two")
        self.client.produce(self.numbered(topic, 0, 1000))
        seen = Counter()
        first = self.client.consumer(group, [topic])
        second = None
        try:
            self.gather([first], seen, lambda: len(seen) == 1000)
            first.commit()
            second = self.client.consumer(group, [topic])
            both = [first, second]
            self.gather(both, seen, lambda: [len(c.assignment()) for c in both] == [2, 2])
            equal({0, 1, 2, 3}, first.assignment() | second.assignment(), "partitions of both")
            self.client.produce(self.numbered(topic, 1000, 1000))
            self.gather(both, seen, lambda: len(seen) == 2000)
            first.commit()
            second.commit()
        finally:
            first.close()
            if second is not None:
                second.close()
        equal([], [value for value, times in seen.items() if times != 1], "values seen more than once")

    def commit_and_resume(self):
        topic = self.topic("resume", 2)
        group = self.name("resume")
        self.client.produce(self.numbered(topic, 0, 400))
        seen = Counter()
        for expected in (400, 500):
            consumer = self.client.consumer(group, [topic])
            self.gather([consumer], seen, lambda: len(seen) == expected)
            consumer.commit()
            consumer.close()
            self.client.produce(self.numbered(topic, expected, 100))
        equal(500, sum(seen.values()), "records seen")

    def topics(self):
        topic = self.topic("topics", 3)
        assert topic in self.client.list_topics()
        self.client.delete_topic(topic)
        until("the topic is gone", lambda: topic not in self.client.list_topics())

    def topic_configs(self):
        topic = self.topic("configs", 1, {"retention.ms": "100000"})
        equal("100000", self.client.describe_config(topic, "retention.ms"), "retention.ms")
        equal("1048588", self.client.describe_config(topic, "max.message.bytes"), "max.message.bytes")
        self.client.alter_config(topic, "retention.ms", "200000")
        until("it is altered", lambda: self.client.describe_config(topic, "retention.ms") == "200000")
        raises(self.client.invalid_config, lambda: self.client.alter_config(topic, "retention.ms", "soon"))

    def create_partitions(self):
        topic = self.topic("more-partitions")
        self.client.create_partitions(topic, 4)
        until("there are 4 partitions", lambda: self.client.leaders(topic) == [1] * 4)
        raises("INVALID_PARTITIONS", lambda: self.client.create_partitions(topic, 2))

    def list_offsets(self):
        topic = self.topic("offsets")
        for time in (1000, 3000, 2000):
            self.client.produce([Record(topic, b"v", timestamp=time)])
        for spec, expected in (("earliest", 0), ("latest", 3), (0, 0), (1500, 1), (3000, 1)):
            equal(expected, self.client.list_offset(topic, spec), f"offset of {spec}")

    def delete_records(self):
        topic = self.topic("delete-records")
        self.client.produce(self.numbered(topic, 0, 100))
        self.client.delete_records(topic, 40)
        equal(40, self.client.list_offset(topic, "earliest"), "earliest")
        equal(40, self.read(topic, 60)[0].offset, "first record")

    def groups(self):
        topic = self.topic("groups", 1)
        group = self.name("groups")
        self.client.produce(self.numbered(topic, 0, 100))
        consumer = self.client.consumer(group, [topic])
        self.gather([consumer], seen := Counter(), lambda: len(seen) == 100)
        consumer.commit()
        self.client.produce(self.numbered(topic, 100, 30))
        assert group in self.client.list_groups()
        equal(("stable", 1), self.client.describe_group(group), "state and members")
        equal(30, self.client.list_offset(topic, "latest") - self.client.committed(group, topic), "lag")
        consumer.close()
        until("the group is empty", lambda: self.client.describe_group(group) == ("empty", 0))
        if self.client.deletes_groups:
            self.client.delete_group(group)
            assert group not in self.client.list_groups()

    def refused_topics(self):
        create = self.client.create_topic
        topic = self.topic("exists")
        raises(self.client.topic_exists, lambda: create(topic, 1, 1, {}))
        for name in ("a b", "..", "x" * 250):
            raises(self.client.invalid_topic, lambda: create(name, 1, 1, {}))
        raises("INVALID_PARTITIONS", lambda: create(self.name("p0"), 0, 1, {}))
        raises("INVALID_REPLICATION_FACTOR", lambda: create(self.name("rf"), 1, 3, {}))
        raises(self.client.invalid_config, lambda: create(self.name("bad"), 1, 1, {"no.such": "1"}))

    def unknown_topic(self):
        topic = self.name("unknown")
        raises(self.client.unknown_topic, lambda: self.client.delete_topic(topic))
        assert topic not in self.client.list_topics()

    def out_of_range(self):
        topic = self.topic("out-of-range")
        self.client.produce(self.numbered(topic, 0, 50))
        self.client.delete_records(topic, 10)
        consumer = self.client.consumer(None, [])
        try:
            for position in (3, 5000):
                records = []
                consumer.seek(topic, 0, position)
                until("records come", lambda: records.extend(consumer.poll()) or records)
                equal(10, records[0].offset, f"first record after a seek to {position}")
        finally:
            consumer.close()
