import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Writes golden bytes with Apache Kafka's own classes, for the tests of this package; see generate.mjs.
 *
 * <pre>
 * Golden records FILE    batches of every kind, as gzipped lines of JSON
 * Golden messages FILE   every message at its lowest, a middle and its highest version, likewise
 * Golden verify          reads batches from the standard input, one in base64 on each line, checks
 *                        them as a consumer does, and prints their records as JSON
 * </pre>
 */
public class Golden {
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "records": writeLines(args[1], new GoldenRecords().all()); break;
            case "messages": writeLines(args[1], new GoldenMessages().all()); break;
            case "verify": verify(); break;
            default: throw new IllegalArgumentException(args[0]);
        }
    }

    static void writeLines(String file, List<ObjectNode> lines) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes) {{ def.setLevel(9); }}) {
            for (ObjectNode line : lines) {
                gzip.write(MAPPER.writeValueAsBytes(line));
                gzip.write('\n');
            }
        }
        Files.write(Path.of(file), bytes.toByteArray());
        System.out.println(file + ": " + lines.size() + " lines, " + bytes.size() + " bytes");
    }

    static void verify() throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ByteBuffer buffer = ByteBuffer.wrap(Base64.getDecoder().decode(line.trim()));
            System.out.println(MAPPER.writeValueAsString(GoldenRecords.recordsOf(MemoryRecords.readableRecords(buffer))));
        }
    }

    static String base64(ByteBuffer buffer) {
        ByteBuffer copy = buffer.duplicate();
        byte[] bytes = new byte[copy.remaining()];
        copy.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}

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

/** Fills every generated message with values that differ from each other and from the defaults. */
class GoldenMessages {
    private static final String[] PACKAGES = {
        "org/apache/kafka/common/message", "org/apache/kafka/common/metadata",
        "org/apache/kafka/coordinator/group/generated", "org/apache/kafka/coordinator/transaction/generated",
        "org/apache/kafka/coordinator/share/generated", "org/apache/kafka/raft/generated",
        "org/apache/kafka/streams/internals/generated",
    };
    private static final int ELEMENTS = 2;

    private final List<ObjectNode> lines = new ArrayList<>();
    private int counter;
    private boolean nulls;
    private int nullables;

    List<ObjectNode> all() throws Exception {
        for (String name : names()) {
            Class<?> type = Class.forName(name);
            if (!Message.class.isAssignableFrom(type) || Modifier.isAbstract(type.getModifiers())) continue;
            Schema[] schemas;
            try {
                schemas = (Schema[]) type.getField("SCHEMAS").get(null);
            } catch (NoSuchFieldException e) {
                continue;
            }
            Message sample = (Message) type.getConstructor().newInstance();
            int low = sample.lowestSupportedVersion();
            int high = sample.highestSupportedVersion();
            for (int version = low; version <= high; version++) {
                for (boolean withNulls : new boolean[] {false, true}) emit(type, schemas[version], (short) version, withNulls);
            }
        }
        return lines;
    }

    private void emit(Class<?> type, Schema schema, short version, boolean withNulls) throws Exception {
        counter = 0;
        nullables = 0;
        nulls = withNulls;
        Message message = (Message) type.getConstructor().newInstance();
        fill(message, schema);
        if (withNulls && nullables == 0) return;
        JsonNode json;
        try {
            Class<?> converter = Class.forName(type.getName() + "JsonConverter");
            json = (JsonNode) converter.getMethod("write", type, short.class, boolean.class).invoke(null, message, version, false);
        } catch (ClassNotFoundException e) {
            json = Golden.JSON.objectNode(); // Streams' own message: only its bytes can be compared
        }
        ObjectNode line = Golden.JSON.objectNode().put("message", type.getSimpleName()).put("package", type.getPackageName())
            .put("version", version).put("bytes", Golden.base64(MessageUtil.toByteBufferAccessor(message, version).buffer()));
        line.set("json", json);
        lines.add(line);
    }

    private void fill(Object target, Schema schema) throws Exception {
        for (org.apache.kafka.common.protocol.types.BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields) {
                for (Map.Entry<Integer, Field> tagged : ((TaggedFields) bound.def.type).fields().entrySet()) set(target, tagged.getValue());
            } else {
                set(target, bound.def);
            }
        }
    }

    private void set(Object target, Field field) throws Exception {
        Method setter = setter(target.getClass(), field.name);
        boolean makeNull = false;
        if (field.type.isNullable()) makeNull = nullables++ % 2 == 0 && nulls;
        Object value = makeNull ? null : value(setter.getGenericParameterTypes()[0], field.type);
        setter.invoke(target, value);
    }

    private static Method setter(Class<?> type, String snakeName) {
        String wanted = "set" + snakeName.replace("_", "");
        for (Method method : type.getDeclaredMethods()) {
            if (method.getName().equalsIgnoreCase(wanted) && method.getParameterCount() == 1) return method;
        }
        throw new IllegalStateException(type + " has no setter for " + snakeName);
    }

    private Object value(Type type, org.apache.kafka.common.protocol.types.Type wire) throws Exception {
        int n = ++counter;
        if (type == boolean.class) return true;
        if (type == byte.class) return (byte) (n % 100 + 1);
        if (type == short.class) return (short) (n + 1000);
        if (type == int.class) return wire == org.apache.kafka.common.protocol.types.Type.UINT16 ? 40000 + n : 70_000_000 + n;
        if (type == long.class) return wire == org.apache.kafka.common.protocol.types.Type.UNSIGNED_INT32 ? 3_000_000_000L + n : (1L << 40) + n;
        if (type == double.class) return n + 0.25;
        if (type == String.class) return (n % 3 == 0 ? "\u00e9t\u00e9-" : "text-") + n;
        if (type == Uuid.class) return new Uuid(0x1122334455667788L + n, n);
        if (type == byte[].class) return ("bytes-" + n).getBytes(StandardCharsets.UTF_8);
        if (type == ByteBuffer.class) return ByteBuffer.wrap(("buffer-" + n).getBytes(StandardCharsets.UTF_8));
        if (type instanceof ParameterizedType) {
            Type element = ((ParameterizedType) type).getActualTypeArguments()[0];
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < ELEMENTS; i++) list.add(value(unboxed(element), wire.arrayElementType().get()));
            return list;
        }
        Class<?> cls = (Class<?>) type;
        if (cls.getSimpleName().equals("BaseRecords")) {
            return MemoryRecords.withRecords(Compression.NONE, new org.apache.kafka.common.record.internal.SimpleRecord(
                GoldenRecords.NOW + n, ("key-" + n).getBytes(StandardCharsets.UTF_8), ("value-" + n).getBytes(StandardCharsets.UTF_8)));
        }
        if (Collection.class.isAssignableFrom(cls)) {
            @SuppressWarnings("unchecked")
            Collection<Object> collection = (Collection<Object>) cls.getConstructor().newInstance();
            Type element = ((ParameterizedType) cls.getGenericSuperclass()).getActualTypeArguments()[0];
            for (int i = 0; i < ELEMENTS; i++) collection.add(value(element, wire.arrayElementType().get()));
            return collection;
        }
        Object struct = cls.getConstructor().newInstance();
        fill(struct, (Schema) wire);
        return struct;
    }

    private static Type unboxed(Type type) {
        if (type == Integer.class) return int.class;
        if (type == Long.class) return long.class;
        if (type == Short.class) return short.class;
        if (type == Byte.class) return byte.class;
        if (type == Boolean.class) return boolean.class;
        if (type == Double.class) return double.class;
        return type;
    }

    private static TreeSet<String> names() throws Exception {
        TreeSet<String> names = new TreeSet<>();
        for (String folder : PACKAGES) {
            URL url = Golden.class.getClassLoader().getResource(folder);
            String jar = url.toString().substring(0, url.toString().indexOf("!"));
            try (FileSystem files = FileSystems.newFileSystem(URI.create(jar), Map.of())) {
                try (var entries = Files.list(files.getPath("/" + folder))) {
                    entries.map(path -> path.getFileName().toString())
                        .filter(file -> file.endsWith(".class") && !file.contains("$") && !file.contains("Json"))
                        .forEach(file -> names.add((folder + "/" + file.replace(".class", "")).replace('/', '.')));
                }
            }
        }
        return names;
    }
}
