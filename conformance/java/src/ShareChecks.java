import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Share consumers (KIP-932): who gets a record, how often, and what acknowledgements do. */
final class ShareChecks {
    private static final int DELIVERIES = 5;

    private final Checks checks;
    private final Cluster cluster;

    ShareChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() {
        checks.check("share: implicit acknowledgement, and on from there", this::implicit);
        checks.check("share: accept, release and reject", this::explicit);
        checks.check("share: a record that is released again and again is given up", this::limit);
        checks.check("share: what a consumer held when it closed goes to another", this::closed);
        checks.check("share: two consumers, and no record twice", this::two);
        checks.check("share: record_limit", this::recordLimit);
        checks.check("share: read_committed", this::committed);
    }

    private KafkaShareConsumer<byte[], byte[]> consumer(String group, Map<String, ?> overrides) {
        var consumer = cluster.shareConsumer(group, overrides);
        consumer.subscribe(List.of(group));
        return consumer;
    }

    /** A topic, and a group of that name that reads it from its start. */
    private String topic(String name, Map<String, String> groupConfigs) throws Exception {
        String topic = cluster.topic("share-" + name, 1);
        Map<String, String> configs = new HashMap<>(groupConfigs);
        configs.put("share.auto.offset.reset", "earliest");
        cluster.configureGroup(topic, configs);
        return topic;
    }

    private void produce(String topic, int from, int count) throws Exception {
        try (var producer = cluster.producer(Map.of())) {
            for (int i = from; i < from + count; i++) producer.send(new ProducerRecord<>(topic, Cluster.bytes("v" + i)));
            producer.flush();
        }
    }

    private void implicit() throws Exception {
        String topic = topic("implicit", Map.of());
        Map<String, ?> implicit = Map.of("share.acknowledgement.mode", "implicit");
        produce(topic, 0, 100);
        try (var consumer = consumer(topic, implicit)) {
            Checks.equal(100, Shares.poll(consumer, 100).size(), "records");
            Shares.commit(consumer);
        }
        produce(topic, 100, 2);
        try (var consumer = consumer(topic, implicit)) {
            Checks.equal("v100*1 v101*1", Shares.show(Shares.poll(consumer, 2)), "what is new");
        }
    }

    private void explicit() throws Exception {
        String topic = topic("explicit", Map.of());
        produce(topic, 0, 4);
        try (var consumer = consumer(topic, Map.of())) {
            var records = Shares.poll(consumer, 4);
            var types = List.of(AcknowledgeType.ACCEPT, AcknowledgeType.RELEASE, AcknowledgeType.REJECT, AcknowledgeType.RELEASE);
            for (int i = 0; i < 4; i++) consumer.acknowledge(records.get(i), types.get(i));
            Shares.commit(consumer);
            records = Shares.poll(consumer, 2);
            Checks.equal("v1*2 v3*2", Shares.show(records), "what was released");
            records.forEach(consumer::acknowledge);
            Shares.commit(consumer);
            produce(topic, 4, 1);
            Checks.equal("v4*1", Shares.show(Shares.poll(consumer, 1)), "what comes after");
        }
    }

    private void limit() throws Exception {
        String topic = topic("limit", Map.of());
        produce(topic, 0, 1);
        try (var consumer = consumer(topic, Map.of())) {
            for (int delivery = 1; delivery <= DELIVERIES; delivery++) {
                var records = Shares.poll(consumer, 1);
                Checks.equal("v0*" + delivery, Shares.show(records), "delivery");
                consumer.acknowledge(records.get(0), AcknowledgeType.RELEASE);
                Shares.commit(consumer);
            }
            produce(topic, 1, 1);
            Checks.equal("v1*1", Shares.show(Shares.poll(consumer, 1)), "what comes after");
        }
    }

    private void closed() throws Exception {
        String topic = topic("closed", Map.of());
        produce(topic, 0, 3);
        try (var other = consumer(topic, Map.of())) {
            try (var holder = consumer(topic, Map.of())) {
                var records = Shares.poll(holder, 3);
                holder.acknowledge(records.get(0), AcknowledgeType.ACCEPT);
                holder.acknowledge(records.get(1), AcknowledgeType.RELEASE);
                holder.acknowledge(records.get(2), AcknowledgeType.RELEASE);
                Shares.commit(holder);
            }
            // A fetch of the holder that was still under way may have had them once more.
            String left = Shares.show(Shares.poll(other, 2));
            Checks.that(left.matches("v1\\*[23] v2\\*[23]"), "what was not accepted: " + left);
        }
    }

    private void two() throws Exception {
        String topic = topic("two", Map.of());
        Map<String, ?> config = Map.of("share.acknowledgement.mode", "implicit", "max.poll.records", 50);
        Map<String, Integer> seen = new HashMap<>();
        try (var one = consumer(topic, config); var other = consumer(topic, config)) {
            for (int i = 0; i < 20; i++) produce(topic, i * 50, 50);
            Checks.until("all records", () -> {
                for (var consumer : List.of(one, other)) {
                    consumer.poll(Duration.ofMillis(100)).forEach(r -> seen.merge(Cluster.text(r.value()), 1, Integer::sum));
                }
                return seen.size() == 1000;
            });
        }
        Checks.equal(List.of(), seen.entrySet().stream().filter(e -> e.getValue() > 1).toList(), "records that came twice");
    }

    private void recordLimit() throws Exception {
        String topic = topic("limited", Map.of());
        produce(topic, 0, 10);
        try (var consumer = consumer(topic, Map.of("share.acquire.mode", "record_limit", "max.poll.records", 3))) {
            List<String> seen = new ArrayList<>();
            Checks.until("all records", () -> {
                var records = consumer.poll(Duration.ofMillis(200));
                Checks.that(records.count() <= 3, "at most three records");
                records.forEach(r -> {
                    seen.add(Cluster.text(r.value()));
                    consumer.acknowledge(r);
                });
                return seen.size() >= 10;
            });
            Checks.equal(IntStream.range(0, 10).mapToObj(i -> "v" + i).toList(), seen, "records in order");
        }
    }

    private void committed() throws Exception {
        String topic = topic("committed", Map.of("share.isolation.level", "read_committed"));
        try (var producer = cluster.producer(Map.of("transactional.id", topic))) {
            producer.initTransactions();
            for (String word : List.of("yes0", "no1", "yes2", "no3", "yes4")) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, Cluster.bytes(word)));
                producer.flush();
                if (word.startsWith("yes")) producer.commitTransaction();
                else producer.abortTransaction();
            }
        }
        try (var consumer = consumer(topic, Map.of("share.acknowledgement.mode", "implicit"))) {
            Checks.equal("yes0*1 yes2*1 yes4*1", Shares.show(Shares.poll(consumer, 3)), "committed records");
            Shares.commit(consumer);
        }
    }
}
