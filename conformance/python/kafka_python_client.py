"""kafka-python, in Python alone."""

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic

from scenarios import Record


class Client:
    version = kafka.__version__
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    null_headers = False
    null_records = False
    deletes_groups = True
    too_large = "MessageSizeTooLarge"
    invalid_config = "INVALID_CONFIG"
    invalid_topic = "INVALID_TOPIC"
    topic_exists = "TopicAlreadyExists"
    unknown_topic = "UNKNOWN_TOPIC_OR_PARTITION"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def close(self):
        self.admin.close()

    def create_topic(self, topic, partitions, replication, configs):
        self.admin.create_topics([NewTopic(topic, partitions, replication, topic_configs=configs)])

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])

    def leaders(self, topic):
        found = self.admin.describe_topics([topic])[0]
        return [p["leader_id"] for p in found["partitions"]]

    def list_topics(self):
        return self.admin.list_topics()

    def describe_config(self, topic, name):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        return self.admin.describe_configs([resource], config_filter="all")["topic"][topic][name]["value"]

    def alter_config(self, topic, name, value):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: value})
        result = self.admin.alter_configs([resource])["topic"][topic]
        if isinstance(result, Exception):
            raise result
        if "error" in str(result).lower() and "noerror" not in str(result).lower():
            raise RuntimeError(str(result))

    def create_partitions(self, topic, total):
        self.admin.create_partitions({topic: total})

    def list_offset(self, topic, spec):
        partition = TopicPartition(topic, 0)
        spec = {"earliest": -2, "latest": -1}.get(spec, spec)
        return self.admin.list_partition_offsets({partition: spec})[partition].offset

    def delete_records(self, topic, before):
        self.admin.delete_records({TopicPartition(topic, 0): before})

    def list_groups(self):
        return [g["group_id"] for g in self.admin.list_groups()]

    def describe_group(self, group):
        found = self.admin.describe_groups([group])[group]
        return found["group_state"].lower(), len(found["members"])

    def committed(self, group, topic):
        return self.admin.list_group_offsets({group: None})[group][TopicPartition(topic, 0)].offset

    def delete_group(self, group):
        print(self.admin.delete_groups([group]))

    def produce(self, records, compression="none", idempotent=False):
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap, compression_type=None if compression == "none" else compression,
            acks="all", enable_idempotence=idempotent, linger_ms=5, max_request_size=4_000_000,
        )
        try:
            futures = [
                producer.send(r.topic, r.value, r.key, r.headers, r.partition, r.timestamp) for r in records
            ]
            producer.flush(60)
            for future in futures:
                future.get(30)
        finally:
            producer.close(10)

    def transact(self, topic, group, ends):
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=topic)
        producer.init_transactions()
        for value, offset, commits in ends:
            producer.begin_transaction()
            producer.send(topic, value)
            producer.send_offsets_to_transaction({TopicPartition(topic, 0): OffsetAndMetadata(offset, "", -1)}, group)
            producer.flush(30)  # an abort drops what is not sent
            (producer.commit_transaction if commits else producer.abort_transaction)()
        producer.close(10)

    def consumer(self, group, topics, read_committed=False):
        return GroupMember(self.bootstrap, group, topics, read_committed)


class GroupMember:
    def __init__(self, bootstrap, group, topics, read_committed=False):
        self.consumer = KafkaConsumer(
            *topics, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
            enable_auto_commit=False, fetch_max_wait_ms=100, heartbeat_interval_ms=200, max_poll_records=5000,
            isolation_level="read_committed" if read_committed else "read_uncommitted",
        )
        # A member that first joins without the topic's metadata joins again when it comes. kafka-python 3.0.12
        # forgets that assignment for ever if a poll's time is over between its JoinGroup and its SyncGroup.
        for topic in topics:
            self.consumer.partitions_for_topic(topic)

    def poll(self):
        batches = self.consumer.poll(500)
        return [
            Record(r.topic, r.value, r.key, r.partition, r.timestamp, list(r.headers), r.offset)
            for records in batches.values() for r in records
        ]

    def assignment(self):
        return {p.partition for p in self.consumer.assignment()}

    def commit(self):
        self.consumer.commit()

    def seek(self, topic, partition, offset):
        self.consumer.assign([TopicPartition(topic, partition)])
        self.consumer.seek(TopicPartition(topic, partition), offset)

    def close(self):
        self.consumer.close()
