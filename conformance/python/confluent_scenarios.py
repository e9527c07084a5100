"""What librdkafka has beyond the other clients: the consumer protocol (KIP-848), and transactions."""

from collections import Counter

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from checks import equal, until


class ConfluentScenarios:
    def __init__(self, scenarios, bootstrap):
        self.scenarios = scenarios
        self.bootstrap = bootstrap

    def run(self):
        check = self.scenarios.checks.check
        check("consumer protocol: group of two", self.group_of_two)
        check("consumer protocol: static membership", self.static_membership)
        check("consumer protocol: commit and resume", self.commit_and_resume)
        check("consumer protocol: regular expression", self.regex)
        check("transactions: commit, abort and offsets", self.transactions)
        check("transactions: a second producer fences the first", self.fencing)

    def consumer(self, group, topics, **config):
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": group, "group.protocol": "consumer",
            "auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 100,
        } | {name.replace("_", "."): value for name, value in config.items()})
        consumer.subscribe(topics)
        return consumer

    @staticmethod
    def gather(consumers, seen, condition):
        def step():
            for consumer in consumers:
                for message in consumer.consume(5000, 0.1):
                    if message.error():
                        raise KafkaException(message.error())
                    seen[message.value()] += 1
            return condition()

        until("the group has done its part", step)

    @staticmethod
    def partitions(consumer):
        return {(p.topic, p.partition) for p in consumer.assignment()}

    def topic(self, name, partitions, count):
        topic = self.scenarios.topic(name, partitions)
        self.scenarios.client.produce(self.scenarios.numbered(topic, 0, count))
        return topic

    def settled(self, consumers, each):
        return all(len(self.partitions(c)) == each for c in consumers)

    def group_of_two(self):
        topic = self.topic("modern-two", 4, 1000)
        seen = Counter()
        first = self.consumer(topic, [topic])
        second = None
        try:
            self.gather([first], seen, lambda: len(seen) == 1000)
            first.commit(asynchronous=False)
            second = self.consumer(topic, [topic])
            both = [first, second]
            self.gather(both, seen, lambda: self.settled(both, 2))
            equal(4, len(self.partitions(first) | self.partitions(second)), "partitions of both")
            self.scenarios.client.produce(self.scenarios.numbered(topic, 1000, 1000))
            self.gather(both, seen, lambda: len(seen) == 2000)
            equal(("stable", 2), self.scenarios.client.describe_group(topic), "state and members")
        finally:
            first.close()
            if second is not None:
                second.close()
        equal([], [value for value, times in seen.items() if times != 1], "values seen more than once")

    def static_membership(self):
        topic = self.topic("modern-static", 4, 400)
        seen = Counter()
        stays = self.consumer(topic, [topic], group_instance_id="one")
        leaves = self.consumer(topic, [topic], group_instance_id="two")
        try:
            both = [stays, leaves]
            self.gather(both, seen, lambda: len(seen) == 400 and self.settled(both, 2))
            owned = self.partitions(leaves)
        finally:
            leaves.close()
        back = self.consumer(topic, [topic], group_instance_id="two")
        try:
            self.gather([stays, back], seen, lambda: self.partitions(back) == owned)
            equal(2, len(self.partitions(stays)), "partitions of the member that stayed")
        finally:
            stays.close()
            back.close()

    def commit_and_resume(self):
        topic = self.topic("modern-resume", 2, 400)
        seen = Counter()
        for expected in (400, 500):
            consumer = self.consumer(topic, [topic])
            self.gather([consumer], seen, lambda: len(seen) == expected)
            consumer.commit(asynchronous=False)
            consumer.close()
            self.scenarios.client.produce(self.scenarios.numbered(topic, expected, 100))
        equal(500, sum(seen.values()), "records seen")

    def regex(self):
        topic = self.topic("modern-regex-one", 1, 10)
        self.topic("modern-unmatched", 1, 10)
        consumer = self.consumer(topic, [f"^{self.scenarios.name('modern-regex-')}.*"])
        try:
            self.gather([consumer], seen := Counter(), lambda: len(seen) == 10)
            equal({(topic, 0)}, self.partitions(consumer), "assignment")
        finally:
            consumer.close()

    def producer(self, transactional_id):
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": transactional_id})
        producer.init_transactions(30)
        return producer

    def transactions(self):
        source = self.topic("transactions-source", 1, 10)
        target = self.scenarios.topic("transactions-target")
        consumer = self.consumer(source, [source])
        producer = self.producer(source)
        try:
            self.gather([consumer], seen := Counter(), lambda: len(seen) == 10)
            for committed, offset in ((False, 7), (True, 10), (False, 3)):
                producer.begin_transaction()
                producer.produce(target, b"committed" if committed else b"aborted")
                offsets = [TopicPartition(source, 0, offset)]
                producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
                producer.flush(30)
                if committed:
                    producer.commit_transaction(30)
                else:
                    producer.abort_transaction(30)
            equal(10, consumer.committed([TopicPartition(source, 0)], 30)[0].offset, "committed offset")
        finally:
            consumer.close()
        for isolation, expected in (("read_committed", 1), ("read_uncommitted", 3)):
            reader = self.consumer(f"{target}-{isolation}", [target], isolation_level=isolation)
            self.gather([reader], seen := Counter(), lambda: sum(seen.values()) == expected)
            equal(1, seen[b"committed"], f"committed records, {isolation}")
            reader.close()

    def fencing(self):
        topic = self.scenarios.topic("transactions-fenced")
        first = self.producer(topic)
        first.begin_transaction()
        first.produce(topic, b"first")
        first.flush(30)
        self.producer(topic)
        try:
            first.commit_transaction(30)
        except KafkaException as error:
            assert error.args[0].fatal(), f"not fatal: {error}"
        else:
            raise AssertionError("the first producer was not fenced")
