import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A share group in an exchange (KIP-932): what one broker has not seen through is what the other delivers. */
final class ExchangeShares {
    private static final int RECORDS = 10;
    private static final int REJECTED = 4;
    /** Given back in their own turn, with accepted ones before, between and behind them. */
    private static final Set<Integer> RELEASED = Set.of(1, 3, 7, 8);
    /** Given back in the next turn too. */
    private static final int RELEASED_TWICE = 7;

    private final Cluster cluster;
    private final int turn;

    ExchangeShares(Cluster cluster, int turn) {
        this.cluster = cluster;
        this.turn = turn;
    }

    /** Gets what is left of the turns before and this turn's records, and leaves some of both behind. */
    void goOn() throws Exception {
        String topic = cluster.name("shared");
        if (turn == 0) {
            cluster.topic("shared", 1);
            cluster.configureGroup(topic, Map.of("share.auto.offset.reset", "earliest"));
        }
        cluster.send(IntStream.range(0, RECORDS)
            .mapToObj(i -> new ProducerRecord<byte[], byte[]>(topic, Cluster.bytes(value(turn, i)))).toList(), Map.of());
        List<String> expected = expected();
        try (var member = new ShareMember(cluster, topic)) {
            var records = member.acquire(expected.size());
            Checks.equal(expected, records.stream().map(record -> record.value() + "*" + record.count()).toList(),
                "what the turns before have left, and this one has written");
            member.acknowledge(records.stream().collect(Collectors.toMap(record -> record, record -> acknowledgement(record.value()))));
        }
    }

    private static String value(int turn, int i) {
        return turn + "." + i;
    }

    private List<String> expected() {
        List<String> expected = new ArrayList<>();
        if (turn > 1) expected.add(value(turn - 2, RELEASED_TWICE) + "*3");
        if (turn > 0) RELEASED.stream().sorted().forEach(i -> expected.add(value(turn - 1, i) + "*2"));
        for (int i = 0; i < RECORDS; i++) expected.add(value(turn, i) + "*1");
        return expected;
    }

    private AcknowledgeType acknowledgement(String value) {
        if (value.equals(value(turn - 1, RELEASED_TWICE))) return AcknowledgeType.RELEASE;
        if (!value.startsWith(turn + ".")) return AcknowledgeType.ACCEPT;
        int i = Integer.parseInt(value.substring(value.indexOf('.') + 1));
        if (i == REJECTED) return AcknowledgeType.REJECT;
        return RELEASED.contains(i) ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT;
    }

    /** The line of an image for a share group. */
    static String image(Cluster cluster, ShareGroupDescription group) throws Exception {
        String id = group.groupId();
        var offsets = cluster.admin.listShareGroupOffsets(Map.of(id, new ListShareGroupOffsetsSpec())).partitionsToOffsetInfo(id).get();
        return group.groupState() + " at " + group.groupEpoch() + "/" + group.targetAssignmentEpoch() + ": " + offsets.entrySet().stream()
            .map(e -> e.getKey() + "@" + e.getValue().startOffset() + " lags " + e.getValue().lag()).sorted().collect(Collectors.joining(", "));
    }
}
