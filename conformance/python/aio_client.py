"""aiokafka, driven step by step: its tasks run while one of its calls is awaited."""

import asyncio

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from scenarios import Record

loop = asyncio.new_event_loop()
wait = loop.run_until_complete


def refuse(code):
    if code:
        raise for_code(code)()


class Client:
    version = aiokafka.__version__
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    null_headers = True
    null_records = False
    deletes_groups = False
    too_large = "MessageSizeTooLarge"
    invalid_config = "INVALID_CONFIG"
    invalid_topic = "INVALID_TOPIC"
    topic_exists = "TopicAlreadyExists"
    unknown_topic = "UNKNOWN_TOPIC_OR_PARTITION"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = self.call(lambda: AIOKafkaAdminClient(bootstrap_servers=bootstrap))
        wait(self.admin.start())
        self.reader = self.call(lambda: AIOKafkaConsumer(bootstrap_servers=bootstrap))
        wait(self.reader.start())

    @staticmethod
    def call(make):
        async def made():
            return make()

        return wait(made())

    def close(self):
        wait(self.reader.stop())
        wait(self.admin.close())

    def create_topic(self, topic, partitions, replication, configs):
        new = NewTopic(topic, partitions, replication, topic_configs=configs)
        refuse(wait(self.admin.create_topics([new])).topic_errors[0][1])

    def delete_topic(self, topic):
        refuse(wait(self.admin.delete_topics([topic])).topic_error_codes[0][1])

    def leaders(self, topic):
        found = wait(self.admin.describe_topics([topic]))[0]
        return [p["leader"] for p in found["partitions"]]

    def list_topics(self):
        return wait(self.admin.list_topics())

    def describe_config(self, topic, name):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = wait(self.admin.describe_configs([resource]))[0].resources[0]
        refuse(found[0])
        return next(config[1] for config in found[4] if config[0] == name)

    def alter_config(self, topic, name, value):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: value})
        refuse(wait(self.admin.alter_configs([resource]))[0].resources[0][0])

    def create_partitions(self, topic, total):
        wait(self.admin.create_partitions({topic: NewPartitions(total)}))

    def list_offset(self, topic, spec):
        partition = TopicPartition(topic, 0)
        if spec == "earliest":
            return wait(self.reader.beginning_offsets([partition]))[partition]
        if spec == "latest":
            return wait(self.reader.end_offsets([partition]))[partition]
        return wait(self.reader.offsets_for_times({partition: spec}))[partition].offset

    def delete_records(self, topic, before):
        wait(self.admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before)}))

    def list_groups(self):
        return [group[0] for group in wait(self.admin.list_consumer_groups())]

    def describe_group(self, group):
        found = wait(self.admin.describe_consumer_groups([group]))[0].groups[0]
        return found[2].lower(), len(found[5])

    def committed(self, group, topic):
        return wait(self.admin.list_consumer_group_offsets(group))[TopicPartition(topic, 0)].offset

    def produce(self, records, compression="none", idempotent=False):
        wait(self._produce(records, None if compression == "none" else compression, idempotent))

    async def _produce(self, records, compression, idempotent):
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, compression_type=compression, enable_idempotence=idempotent,
            acks="all", linger_ms=5, max_request_size=4_000_000,
        )
        await producer.start()
        try:
            sent = [
                await producer.send(r.topic, r.value, r.key, r.partition, r.timestamp, r.headers) for r in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    def transact(self, topic, group, ends):
        wait(self._transact(topic, group, ends))

    async def _transact(self, topic, group, ends):
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=topic)
        await producer.start()
        try:
            for value, offset, commits in ends:
                await producer.begin_transaction()
                await producer.send_and_wait(topic, value)
                await producer.send_offsets_to_transaction({TopicPartition(topic, 0): offset}, group)
                await (producer.commit_transaction if commits else producer.abort_transaction)()
        finally:
            await producer.stop()

    def consumer(self, group, topics, read_committed=False):
        return GroupMember(self.bootstrap, group, topics, read_committed)


class GroupMember:
    def __init__(self, bootstrap, group, topics, read_committed=False):
        self.consumer = Client.call(lambda: AIOKafkaConsumer(
            *topics, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
            enable_auto_commit=False, fetch_max_wait_ms=100, heartbeat_interval_ms=200,
            isolation_level="read_committed" if read_committed else "read_uncommitted",
        ))
        self.started = loop.create_task(self.consumer.start())  # a start waits for the other member

    def poll(self):
        wait(asyncio.wait([self.started], timeout=0.1))
        if not self.started.done():
            return []
        self.started.result()
        batches = wait(self.consumer.getmany(timeout_ms=100, max_records=5000))
        return [
            Record(r.topic, r.value, r.key, r.partition, r.timestamp, list(r.headers), r.offset)
            for records in batches.values() for r in records
        ]

    def assignment(self):
        return {p.partition for p in self.consumer.assignment()}

    def commit(self):
        wait(self.consumer.commit())

    def seek(self, topic, partition, offset):
        wait(self.started)
        found = TopicPartition(topic, partition)
        Client.call(lambda: self.consumer.assign([found]))
        self.consumer.seek(found, offset)

    def close(self):
        wait(self.started)
        wait(self.consumer.stop())
