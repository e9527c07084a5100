import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.MemoryRecords;

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
