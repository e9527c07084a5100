"""confluent-kafka, which is librdkafka."""

from importlib import metadata

import confluent_kafka
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType,
)

from scenarios import Record


class Client:
    version = f"{metadata.version('confluent-kafka')} (librdkafka {confluent_kafka.libversion()[0]})"
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    null_headers = True
    null_records = True
    deletes_groups = True
    too_large = "MSG_SIZE_TOO_LARGE"
    invalid_config = "INVALID_CONFIG"
    invalid_topic = "TOPIC_EXCEPTION"
    topic_exists = "TOPIC_ALREADY_EXISTS"
    unknown_topic = "UNKNOWN_TOPIC_OR_PART"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap})

    def close(self):
        pass

    @staticmethod
    def _only(futures):
        return next(iter(futures.values())).result(30)

    def create_topic(self, topic, partitions, replication, configs):
        new = NewTopic(topic, partitions, replication, config=configs)
        self._only(self.admin.create_topics([new], operation_timeout=10))

    def delete_topic(self, topic):
        self._only(self.admin.delete_topics([topic]))

    def leaders(self, topic):
        found = self.admin.list_topics(timeout=10).topics.get(topic)
        return [p.leader for p in found.partitions.values()] if found else []

    def list_topics(self):
        return self.admin.list_topics(timeout=10).topics.keys()

    def describe_config(self, topic, name):
        return self._only(self.admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))[name].value

    def alter_config(self, topic, name, value):
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        self._only(self.admin.incremental_alter_configs([resource]))

    def create_partitions(self, topic, total):
        self._only(self.admin.create_partitions([NewPartitions(topic, total)]))

    def list_offset(self, topic, spec):
        specs = {"earliest": OffsetSpec.earliest(), "latest": OffsetSpec.latest()}
        spec = specs.get(spec) or OffsetSpec.for_timestamp(spec)
        return self._only(self.admin.list_offsets({TopicPartition(topic, 0): spec})).offset

    def delete_records(self, topic, before):
        self._only(self.admin.delete_records([TopicPartition(topic, 0, before)]))

    def list_groups(self):
        return [g.group_id for g in self.admin.list_consumer_groups().result(30).valid]

    def describe_group(self, group):
        found = self._only(self.admin.describe_consumer_groups([group]))
        return found.state.name.lower(), len(found.members)

    def committed(self, group, topic):
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
        return self._only(self.admin.list_consumer_group_offsets([asked])).topic_partitions[0].offset

    def delete_group(self, group):
        self._only(self.admin.delete_consumer_groups([group]))

    def produce(self, records, compression="none", idempotent=False):
        producer = Producer({
            "bootstrap.servers": self.bootstrap, "compression.type": compression, "enable.idempotence": idempotent,
            "linger.ms": 5, "message.max.bytes": 4_000_000, "queue.buffering.max.messages": 200_000,
        })
        errors = []
        for r in records:
            options = {"partition": r.partition} if r.partition is not None else {}
            if r.timestamp is not None:
                options["timestamp"] = r.timestamp
            producer.produce(
                r.topic, r.value, r.key, headers=r.headers,
                on_delivery=lambda error, _: error and errors.append(error), **options,
            )
        left = producer.flush(60)
        if errors:
            raise confluent_kafka.KafkaException(errors[0])
        assert left == 0, f"{left} records are not acknowledged"

    def transact(self, topic, group, ends):
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": topic})
        producer.init_transactions(30)
        member = GroupMember(self.bootstrap, group, [])
        for value, offset, commits in ends:
            producer.begin_transaction()
            producer.produce(topic, value)
            metadata = member.consumer.consumer_group_metadata()
            producer.send_offsets_to_transaction([TopicPartition(topic, 0, offset)], metadata, 30)
            producer.flush(30)
            (producer.commit_transaction if commits else producer.abort_transaction)(30)
        member.close()

    def consumer(self, group, topics, read_committed=False):
        return GroupMember(self.bootstrap, group, topics, read_committed)


class GroupMember:
    def __init__(self, bootstrap, group, topics, read_committed=False):
        self.consumer = Consumer({
            "bootstrap.servers": bootstrap, "group.id": group or "unused", "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "fetch.wait.max.ms": 100, "heartbeat.interval.ms": 200,
            "isolation.level": "read_committed" if read_committed else "read_uncommitted",
        })
        if topics:
            self.consumer.subscribe(topics)

    def poll(self):
        messages = self.consumer.consume(5000, 0.1)
        for message in messages:
            if message.error():
                raise confluent_kafka.KafkaException(message.error())
        return [
            Record(m.topic(), m.value(), m.key(), m.partition(), m.timestamp()[1], m.headers() or [], m.offset())
            for m in messages
        ]

    def assignment(self):
        return {p.partition for p in self.consumer.assignment()}

    def commit(self):
        self.consumer.commit(asynchronous=False)

    def seek(self, topic, partition, offset):
        self.consumer.assign([TopicPartition(topic, partition, offset)])

    def close(self):
        self.consumer.close()
