import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/** Batches of every kind, by Apache Kafka's own builder. */
class GoldenRecords {
    static final long NOW = 1_767_225_600_000L;
    /** Values of one repeated byte from this size on are written down as that byte and their size. */
    static final int FILLED_FROM = 1000;

    private final List<ObjectNode> lines = new ArrayList<>();

    List<ObjectNode> all() {
        codecs();
        producers();
        timestamps();
        offsets();
        controls();
        return lines;
    }

    private void codecs() {
        codec("none", Compression.NONE);
        for (int level : new int[] {-1, 1, 9}) codec("gzip " + level, Compression.gzip().level(level).build());
        codec("snappy", Compression.snappy().build());
        for (int level : new int[] {1, 9, 17}) codec("lz4 " + level, Compression.lz4().level(level).build());
        for (int level : new int[] {-5, 3, 22}) codec("zstd " + level, Compression.zstd().level(level).build());
    }

    private void codec(String name, Compression codec) {
        MemoryRecordsBuilder few = builder(codec, TimestampType.CREATE_TIME, 0, -1, -1, (short) -1, -1, false, false, -1, -1);
        fill(few, 20);
        add("few, " + name, few);
        if (codec.type().id == 0) return;
        MemoryRecordsBuilder large = builder(codec, TimestampType.CREATE_TIME, 0, -1, -1, (short) -1, -1, false, false, -1, -1);
        for (int i = 0; i < 3; i++) {
            byte[] value = new byte[70_000];
            java.util.Arrays.fill(value, (byte) ('a' + i));
            large.append(NOW + i, bytes("large " + i), value);
        }
        add("large, " + name, large);
    }

    private void producers() {
        MemoryRecordsBuilder idempotent = builder(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, 4000000000L, (short) 3, 17, false, false, -1, -1);
        fill(idempotent, 3);
        add("idempotent", idempotent);
        MemoryRecordsBuilder transactional = builder(Compression.NONE, TimestampType.CREATE_TIME, 12, -1, 1L << 41, (short) 32767, Integer.MAX_VALUE - 1, true, false, 9, -1);
        fill(transactional, 4);
        add("transactional", transactional);
    }

    private void timestamps() {
        MemoryRecordsBuilder stamped = builder(Compression.NONE, TimestampType.LOG_APPEND_TIME, 5, NOW + 99, -1, (short) -1, -1, false, false, 2, -1);
        fill(stamped, 3);
        add("log append time", stamped);
        MemoryRecordsBuilder none = builder(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, -1, (short) -1, -1, false, false, -1, -1);
        none.append(-1L, bytes("k"), bytes("v"));
        none.append(-1L, bytes("k"), null);
        add("no timestamp", none);
        MemoryRecordsBuilder backwards = builder(Compression.NONE, TimestampType.CREATE_TIME, 0, -1, -1, (short) -1, -1, false, false, -1, -1);
        for (long t : new long[] {NOW, NOW - 1, NOW - 64, NOW - 65, 0, NOW * 2, 1L << 50}) backwards.append(t, null, bytes("v"));
        add("timestamps back and forth", backwards);
        MemoryRecordsBuilder horizon = builder(Compression.NONE, TimestampType.CREATE_TIME, 40, -1, -1, (short) -1, -1, false, false, 1, NOW + 86_400_000);
        horizon.append(NOW, bytes("gone"), null);
        horizon.append(NOW + 1, bytes("kept"), bytes("v"));
        add("delete horizon", horizon);
    }

    private void offsets() {
        MemoryRecordsBuilder big = builder(Compression.NONE, TimestampType.CREATE_TIME, 1L << 45, -1, -1, (short) -1, -1, false, false, Integer.MAX_VALUE, -1);
        fill(big, 3);
        add("big offsets", big);
        MemoryRecordsBuilder gaps = builder(Compression.NONE, TimestampType.CREATE_TIME, 1000, -1, -1, (short) -1, -1, false, false, 1, -1);
        for (long offset : new long[] {1000, 1003, 1070, 71000}) gaps.appendWithOffset(offset, NOW, bytes("k" + offset), bytes("v"));
        gaps.overrideLastOffset(80000);
        add("gaps", gaps);
        ByteBuffer empty = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(empty, RecordBatch.CURRENT_MAGIC_VALUE, 77, (short) 2, 30, 500, 509, 3,
            TimestampType.CREATE_TIME, NOW, true, false);
        empty.flip();
        add("empty", MemoryRecords.readableRecords(empty));
    }

    private void controls() {
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            add("marker " + type, MemoryRecords.withEndTransactionMarker(60, NOW, 4, 4000000000L, (short) 5,
                new EndTransactionMarker(type, 21)));
        }
        LeaderChangeMessage change = new LeaderChangeMessage().setLeaderId(3)
            .setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(1), new LeaderChangeMessage.Voter().setVoterId(3)))
            .setGrantingVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(3)));
        add("leader change", MemoryRecords.withLeaderChangeMessage(7, NOW, 8, ByteBuffer.allocate(512), change));
        add("snapshot header", MemoryRecords.withSnapshotHeaderRecord(0, NOW, 8, ByteBuffer.allocate(512),
            new SnapshotHeaderRecord().setLastContainedLogTimestamp(NOW - 5)));
        add("snapshot footer", MemoryRecords.withSnapshotFooterRecord(3, NOW, 8, ByteBuffer.allocate(512), new SnapshotFooterRecord()));
        add("kraft version", MemoryRecords.withKRaftVersionRecord(1, NOW, 8, ByteBuffer.allocate(512),
            new KRaftVersionRecord().setKRaftVersion((short) 1)));
        VotersRecord.Endpoint endpoint = new VotersRecord.Endpoint().setName("CONTROLLER").setHost("localhost").setPort(9093);
        VotersRecord.EndpointCollection endpoints = new VotersRecord.EndpointCollection(List.of(endpoint).iterator());
        add("kraft voters", MemoryRecords.withVotersRecord(2, NOW, 8, ByteBuffer.allocate(512),
            new VotersRecord().setVoters(List.of(new VotersRecord.Voter().setVoterId(1)
                .setVoterDirectoryId(new Uuid(1, 2)).setEndpoints(endpoints)))));
    }

    private static MemoryRecordsBuilder builder(Compression codec, TimestampType type, long baseOffset, long logAppendTime,
                                                long producerId, short epoch, int sequence, boolean transactional,
                                                boolean control, int leaderEpoch, long deleteHorizon) {
        return new MemoryRecordsBuilder(new ByteBufferOutputStream(1024), RecordBatch.CURRENT_MAGIC_VALUE, codec, type,
            baseOffset, logAppendTime, producerId, epoch, sequence, transactional, control, leaderEpoch,
            1 << 20, deleteHorizon);
    }

    private static void fill(MemoryRecordsBuilder builder, int count) {
        for (int i = 0; i < count; i++) {
            byte[] key = i % 5 == 1 ? null : bytes("key-" + i % 4);
            byte[] value = i % 7 == 2 ? null : bytes("a value that is much like others, number " + i + (i % 3 == 0 ? " \u00e9\u4e16\ud83d\ude00" : ""));
            Header[] headers = i % 4 != 3 ? new Header[0] : new Header[] {
                new RecordHeader("trace-id", bytes("0123456789abcdef")), new RecordHeader("", (byte[]) null),
                new RecordHeader("\u00fcber", new byte[0])};
            if (i == 0) value = new byte[0];
            builder.append(NOW + i * 37L % 100, key, value, headers);
        }
    }

    private void add(String name, MemoryRecordsBuilder builder) {
        add(name, builder.build());
    }

    private void add(String name, MemoryRecords records) {
        ObjectNode line = Golden.JSON.objectNode().put("name", name).put("bytes", Golden.base64(records.buffer()));
        line.set("records", recordsOf(records));
        lines.add(line);
    }

    static ArrayNode recordsOf(MemoryRecords records) {
        ArrayNode list = Golden.JSON.arrayNode();
        for (RecordBatch batch : records.batches()) {
            batch.ensureValid();
            for (Record record : batch) {
                ObjectNode node = list.addObject().put("offset", record.offset()).put("timestamp", record.timestamp());
                node.set("key", node(record.hasKey() ? record.key() : null));
                node.set("value", node(record.hasValue() ? record.value() : null));
                ArrayNode headers = node.putArray("headers");
                for (Header header : record.headers()) {
                    byte[] value = header.value();
                    headers.addObject().put("key", header.key()).set("value", node(value == null ? null : ByteBuffer.wrap(value)));
                }
            }
        }
        return list;
    }

    private static JsonNode node(ByteBuffer buffer) {
        if (buffer == null) return Golden.JSON.nullNode();
        int size = buffer.remaining();
        if (size >= FILLED_FROM) {
            byte first = buffer.get(buffer.position());
            boolean filled = true;
            for (int i = 0; i < size; i++) filled &= buffer.get(buffer.position() + i) == first;
            if (filled) return Golden.JSON.objectNode().put("fill", first).put("size", size);
        }
        return Golden.JSON.textNode(Golden.base64(buffer));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
