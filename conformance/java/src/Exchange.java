import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;

/** One turn of a broker on a directory: compare it with what was left, then write more of everything. */
final class Exchange {
    /** Records that each turn adds to the topic `plain`. */
    private static final int PLAIN = 3002;

    private final Cluster cluster;
    private final int turn;

    private Exchange(Cluster cluster, int turn) {
        this.cluster = cluster;
        this.turn = turn;
    }

    /** BOOTSTRAP STATE-FILE TURN LABEL; turn 0 makes the topics. */
    static void run(String[] args) throws Exception {
        Path state = Path.of(args[1]);
        int turn = Integer.parseInt(args[2]);
        String label = args[3];
        Checks checks = new Checks("");
        try (Cluster cluster = new Cluster(args[0], "exchange")) {
            if (turn > 0) {
                List<String> before = Files.readAllLines(state);
                List<String> now = new Image(cluster).lines();
                for (String kind : Image.KINDS) {
                    checks.check(label + ": the same " + kind, () -> same(lines(before, kind), lines(now, kind)));
                }
            }
            checks.check(label + ": writes", new Exchange(cluster, turn)::write);
            var groups = new ExchangeGroups(cluster, turn);
            checks.check(label + ": members of the consumer protocol stay", groups::stay);
            checks.check(label + ": members of the consumer protocol join and leave", () -> groups.joinAndLeave(cluster.name("plain"), PLAIN));
            checks.check(label + ": a share group goes on", new ExchangeShares(cluster, turn)::goOn);
            checks.check(label + ": a compacted topic is cleaned", () -> new ExchangeCompaction(cluster, turn).goOn());
            checks.check(label + ": a streams program goes on", new ExchangeStreams(cluster, turn)::goOn);
            Files.write(state, new Image(cluster).lines());
        }
        checks.done();
    }

    private static List<String> lines(List<String> all, String kind) {
        return all.stream().filter(line -> line.startsWith(kind + " ")).toList();
    }

    private static void same(List<String> before, List<String> now) {
        List<String> lost = new ArrayList<>(before);
        lost.removeAll(now);
        List<String> found = new ArrayList<>(now);
        found.removeAll(before);
        Checks.that(lost.isEmpty() && found.isEmpty(), "before: " + lost + "\nnow: " + found);
        Checks.that(!now.isEmpty(), "there are none");
    }

    private void write() throws Exception {
        if (turn == 0) create();
        plain();
        segments();
        codecs();
        deletions();
        cluster.send(Cluster.numbered(cluster.name("append-time"), turn * 100, 100), Map.of());
        producers();
        configs();
        quotasAndCredentials();
        cluster.admin.createPartitions(Map.of(cluster.name("grows"), NewPartitions.increaseTo(turn + 2))).all().get();
        cluster.topic("made-in-turn-" + turn, 2);
        groups();
        transactions();
    }

    private void create() throws Exception {
        cluster.topic("plain", 3);
        cluster.topic("segments", 1, Map.of("segment.bytes", "1048576", "retention.ms", "-1"));
        cluster.topic("codecs", 1);
        cluster.topic("deleted-records", 1);
        cluster.topic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        cluster.topic("producers", 1);
        cluster.topic("transactions", 1);
        cluster.topic("grows", 1);
    }

    private void plain() throws Exception {
        String topic = cluster.name("plain");
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>(Cluster.numbered(topic, turn * 3000, PLAIN - 2));
        records.add(new ProducerRecord<>(topic, 0, null, null));
        records.add(new ProducerRecord<>(topic, 0, null, Cluster.bytes("k"), null, List.of(
            new RecordHeader("h", Cluster.bytes("1")), new RecordHeader("h", null))));
        cluster.send(records, Map.of());
    }

    /** Three segments more in each turn, in many batches. */
    private void segments() throws Exception {
        byte[] value = new byte[1000];
        var records = IntStream.range(0, 2500)
            .mapToObj(i -> new ProducerRecord<>(cluster.name("segments"), Cluster.bytes("k" + i), value)).toList();
        cluster.send(records, Map.of("batch.size", 8000));
    }

    private void codecs() throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            cluster.send(Cluster.numbered(cluster.name("codecs"), turn * 500, 500), Map.of("compression.type", codec, "linger.ms", 20));
        }
    }

    private void deletions() throws Exception {
        String topic = cluster.name("deleted-records");
        cluster.send(Cluster.numbered(topic, turn * 1000, 1000), Map.of());
        cluster.admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(turn * 1000L + 500))).all().get();
        String gone = cluster.topic("deleted-in-turn-" + turn, 2);
        cluster.send(Cluster.numbered(gone, 0, 100), Map.of());
        cluster.admin.deleteTopics(List.of(gone)).all().get();
        Checks.until("the topic is gone", () -> cluster.describe(gone) == null);
    }

    /** A new producer in each turn; its id has to be one that no producer had before. */
    private void producers() throws Exception {
        String topic = cluster.name("producers");
        cluster.send(Cluster.numbered(topic, turn * 1000, 1000), Map.of("batch.size", 500));
        var states = cluster.admin.describeProducers(Cluster.partitions(topic, 1)).all().get();
        Checks.equal(turn + 1, states.get(new TopicPartition(topic, 0)).activeProducers().size(), "producers known to the partition");
    }

    private void configs() throws Exception {
        var plain = new ConfigResource(ConfigResource.Type.TOPIC, cluster.name("plain"));
        var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        var all = new ConfigResource(ConfigResource.Type.BROKER, "");
        cluster.admin.incrementalAlterConfigs(Map.of(
            plain, List.of(set("retention.ms", String.valueOf(1_000_000_000L + turn))),
            broker, List.of(set("log.cleaner.threads", String.valueOf(1 + turn % 2))),
            all, List.of(set("log.retention.ms", String.valueOf(2_000_000_000L + turn))))).all().get();
    }

    private void quotasAndCredentials() throws Exception {
        var entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.USER, cluster.name("user")));
        cluster.admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity,
            List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1e6 + turn))))).all().get();
        cluster.admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(cluster.name("user-" + turn % 2),
            new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096 + turn), "secret"))).all().get();
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private void groups() throws Exception {
        String topic = cluster.name("plain");
        cluster.admin.alterConsumerGroupOffsets(cluster.name("altered"), Map.of(
            new TopicPartition(topic, 0), new OffsetAndMetadata(turn * 10L, "turn " + turn))).all().get();
        cluster.admin.alterConsumerGroupOffsets(cluster.name("of-turn-" + turn), Map.of(
            new TopicPartition(topic, 1), new OffsetAndMetadata(turn))).all().get();
        if (turn > 0) cluster.admin.deleteConsumerGroups(List.of(cluster.name("of-turn-" + (turn - 1)))).all().get();
        consume(topic);
    }

    /** The group goes on where the turn before has left it, which is at the end of what was then. */
    private void consume(String topic) throws Exception {
        try (var consumer = cluster.consumer(cluster.name("members"), Map.of())) {
            consumer.subscribe(List.of(topic));
            long[] count = {0};
            Checks.until("the group has read this turn's records", () -> {
                count[0] += consumer.poll(java.time.Duration.ofMillis(50)).count();
                return count[0] >= PLAIN;
            });
            Checks.equal((long) PLAIN, count[0], "records since the last commit");
            consumer.commitSync();
            for (var partition : Cluster.partitions(topic, 3)) {
                long end = cluster.admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get().get(partition).offset();
                Checks.equal(end, consumer.position(partition), "position in " + partition);
            }
        }
    }

    /** One transaction is committed, one aborted, and one left open: its successor in the next turn ends it. */
    private void transactions() throws Exception {
        try (var producer = transactional("ended")) {
            for (boolean committed : List.of(true, false)) {
                produce(producer, committed ? "committed" : "aborted");
                producer.sendOffsetsToTransaction(
                    Map.of(new TopicPartition(cluster.name("plain"), 2), new OffsetAndMetadata(turn * 10L + (committed ? 1 : 2))),
                    new ConsumerGroupMetadata(cluster.name("in-transactions")));
                if (committed) producer.commitTransaction();
                else producer.abortTransaction();
            }
        }
        var producer = transactional("left-open");
        produce(producer, "open");
        producer.close(Duration.ZERO);
        Checks.until("only one transaction is open",
            () -> Image.openTransactions(cluster).equals(List.of(cluster.name("left-open") + " Ongoing")));
    }

    private KafkaProducer<byte[], byte[]> transactional(String id) {
        var producer = cluster.producer(Map.of("transactional.id", cluster.name(id), "transaction.timeout.ms", 900_000));
        producer.initTransactions();
        return producer;
    }

    private void produce(KafkaProducer<byte[], byte[]> producer, String what) throws Exception {
        producer.beginTransaction();
        for (int i = 0; i < 50; i++) {
            producer.send(new ProducerRecord<>(cluster.name("transactions"), Cluster.bytes(what + " " + i + " of turn " + turn)));
        }
        producer.flush();
    }
}
