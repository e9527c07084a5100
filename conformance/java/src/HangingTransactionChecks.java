import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A transaction that no coordinator knows of, as old brokers left them behind, and how an operator ends it. */
final class HangingTransactionChecks {
    private static final String TRANSACTIONS = "org.apache.kafka.tools.TransactionsCommand";
    private static final String VERIFICATION = "transaction.partition.verification.enable";
    private static final short PRODUCE_VERSION = 11;
    private static final short INIT_VERSION = 5;
    private static final long HOUR_MS = 3_600_000;

    private final Checks checks;
    private final Cluster cluster;
    private final Shell shell;

    HangingTransactionChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
        shell = new Shell(cluster);
    }

    void run() {
        checks.check("kafka-transactions find-hanging and abort", this::findAndAbort);
    }

    private void findAndAbort() throws Exception {
        var partition = new TopicPartition(cluster.topic("cli-hanging", 1), 0);
        cluster.send(List.of(new ProducerRecord<>(partition.topic(), Cluster.bytes("before"))), Map.of());
        verify(false);
        try {
            beginWithoutCoordinator(partition);
        } finally {
            verify(true);
        }
        cluster.send(List.of(new ProducerRecord<>(partition.topic(), Cluster.bytes("after"))), Map.of());
        Checks.equal(List.of("before"), cluster.values(partition, "read_committed"), "what can be read while it hangs");
        Shell.has(shell.ok(TRANSACTIONS, "find-hanging", "--broker-id", "1"), partition.topic() + "\\s+0\\s+\\d+\\s+0\\s+-1\\s+1\\s+\\d+\\s+60");
        shell.ok(TRANSACTIONS, "abort", "--topic", partition.topic(), "--partition", "0", "--start-offset", "1");
        Checks.until("all can be read", () -> cluster.values(partition, "read_committed").equals(List.of("before", "after")));
        Checks.that(!shell.ok(TRANSACTIONS, "find-hanging", "--topic", partition.topic()).contains(partition.topic()), "it still hangs");
    }

    private void verify(boolean enabled) throws Exception {
        var op = new AlterConfigOp(new ConfigEntry(VERIFICATION, String.valueOf(enabled)), AlterConfigOp.OpType.SET);
        var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        cluster.admin.incrementalAlterConfigs(Map.of(broker, List.of(op))).all().get();
        Checks.until(VERIFICATION + " is " + enabled, () -> cluster.admin.describeConfigs(List.of(broker)).all().get().get(broker)
            .get(VERIFICATION).value().equals(String.valueOf(enabled)));
    }

    /** One record of a transaction that its producer has told to nobody but the partition, an hour ago. */
    private void beginWithoutCoordinator(TopicPartition partition) throws Exception {
        try (Wire wire = new Wire(cluster.bootstrap)) {
            var init = new InitProducerIdRequestData().setTransactionalId(null);
            long producerId = ((InitProducerIdResponseData) wire.ask(INIT_VERSION, init, Set.of(Errors.NONE)).data()).producerId();
            var records = MemoryRecords.withTransactionalRecords(Compression.NONE, producerId, (short) 0, 0,
                new SimpleRecord(System.currentTimeMillis() - HOUR_MS, Cluster.bytes("hanging")));
            var topics = new TopicProduceDataCollection();
            topics.add(new TopicProduceData().setName(partition.topic())
                .setPartitionData(List.of(new PartitionProduceData().setIndex(partition.partition()).setRecords(records))));
            wire.ask(PRODUCE_VERSION, new ProduceRequestData().setTransactionalId(cluster.name("cli-hanging")).setAcks((short) -1)
                .setTimeoutMs(10_000).setTopicData(topics), Set.of(Errors.NONE));
        }
    }
}
