import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;

/** Every API that the broker advertises, asked at each of its versions with Kafka's own serialisers. */
final class WireChecks {
    /** Makes the request of one version, and judges its answer where errors alone don't tell. */
    interface Case {
        AbstractResponse ask(Wire wire, short version) throws Exception;
    }

    private static final Set<Errors> NONE = Set.of(Errors.NONE);

    private final Checks checks;
    private final Cluster cluster;

    WireChecks(Checks checks, Cluster cluster) {
        this.checks = checks;
        this.cluster = cluster;
    }

    void run() throws Exception {
        Map<ApiKeys, Case> cases = new EnumMap<>(ApiKeys.class);
        WireRequests requests = new WireRequests(cluster);
        requests.cases(cases);
        new WireGroups(cluster, requests).cases(cases);
        new WireShare(cluster, requests).cases(cases);
        new WireConsumerGroups(cluster, requests).cases(cases);
        new WireShareFetch(cluster, requests).cases(cases);
        new WireStreams(cluster, requests).cases(cases);
        new WireTransactions(cluster, requests).cases(cases);
        new WireSecurity().cases(cases);
        try (Wire wire = new Wire(cluster.bootstrap)) {
            for (var api : wire.apiVersions((short) 4).apiKeys()) {
                ApiKeys key = ApiKeys.forId(api.apiKey());
                Case one = cases.get(key);
                if (one == null) continue;
                short min = (short) Math.max(api.minVersion(), key.oldestVersion()); // Produce 0 to 2 are advertised only
                checks.check(key.name + " " + min + " to " + api.maxVersion(), () -> {
                    for (short version = min; version <= api.maxVersion(); version++) one.ask(wire, version);
                });
            }
        }
        checks.check("ApiVersions 0 to 4", this::apiVersions);
        checks.check("an unknown version of ApiVersions is answered as version 0", this::unknownApiVersions);
        checks.check("closes the connection of an unknown API or version", this::unknownApi);
        checks.check("closes the connection of a bad frame", this::badFrame);
        checks.check("answers pipelined requests in their order", this::pipeline);
    }

    static AbstractResponse ok(Wire wire, short version, ApiMessage request) throws Exception {
        return wire.ask(version, request, NONE);
    }

    private void apiVersions() throws Exception {
        for (short version = 0; version <= 4; version++) {
            try (Wire wire = new Wire(cluster.bootstrap)) {
                ApiVersionsResponseData answer = wire.apiVersions(version);
                Checks.equal(Errors.NONE.code(), answer.errorCode(), "error");
                if (version >= 3) {
                    Checks.equal((short) 30, answer.finalizedFeatures().find("metadata.version").maxVersionLevel(), "metadata.version");
                    Checks.that(answer.finalizedFeaturesEpoch() > 0, "epoch of the features");
                }
                // Before version 4 a lowest level of 0 cannot be told (KIP-1022), so such features are left out.
                if (version == 4) Checks.equal((short) 0, answer.supportedFeatures().find("group.version").minVersion(), "group.version");
                if (version == 3) Checks.equal(null, answer.supportedFeatures().find("group.version"), "group.version");
            }
        }
        try (Wire wire = new Wire(cluster.bootstrap)) {
            var nameless = new ApiVersionsRequestData().setClientSoftwareName("").setClientSoftwareVersion("1");
            Checks.equal(Errors.INVALID_REQUEST.code(), ((ApiVersionsResponseData) wire.ask((short) 4, nameless).data()).errorCode(), "error");
        }
    }

    private void unknownApiVersions() throws Exception {
        try (Wire wire = new Wire(cluster.bootstrap)) {
            for (short version : new short[] {5, 99}) {
                ByteBuffer answer = wire.exchange(ApiKeys.API_VERSIONS.id, version, (short) 2, ByteBuffer.allocate(20));
                answer.getInt(); // the correlation id: a version 0 header
                var data = new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
                Checks.equal(0, answer.remaining(), "bytes after the answer");
                Checks.equal(Errors.UNSUPPORTED_VERSION.code(), data.errorCode(), "error");
                Checks.equal((short) 4, data.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion(), "highest version");
            }
            Checks.equal(Errors.NONE.code(), wire.apiVersions((short) 4).errorCode(), "error of the next request");
        }
    }

    private void closes(short api, short version) throws Exception {
        try (Wire wire = new Wire(cluster.bootstrap)) {
            Checks.fails(java.io.IOException.class, () -> {
                try {
                    wire.exchange(api, version, (short) 1, ByteBuffer.allocate(8));
                } catch (AssertionError e) {
                    throw new java.io.IOException(e);
                }
            });
        }
    }

    private void unknownApi() throws Exception {
        closes((short) 999, (short) 0);
        closes((short) -1, (short) 0);
        closes(ApiKeys.METADATA.id, (short) 99);
        closes(ApiKeys.FETCH.id, (short) 3);
        closes(ApiKeys.LEADER_AND_ISR.id, (short) 0);
    }

    private void badFrame() throws Exception {
        for (int size : List.of(-1, Integer.MAX_VALUE, 200_000_000)) {
            try (var socket = new java.net.Socket("127.0.0.1", Integer.parseInt(cluster.bootstrap.split(":")[1]))) {
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(ByteBuffer.allocate(40).putInt(size).array());
                int first;
                try {
                    first = socket.getInputStream().read();
                } catch (java.net.SocketException e) {
                    first = -1; // closed with a reset, since bytes of ours were not read
                }
                Checks.equal(-1, first, "end of the connection after a size of " + size);
            }
        }
    }

    private void pipeline() throws Exception {
        try (var socket = new java.net.Socket("127.0.0.1", Integer.parseInt(cluster.bootstrap.split(":")[1]))) {
            socket.setSoTimeout(20_000);
            ByteBuffer all = ByteBuffer.allocate(100_000);
            for (int i = 0; i < 500; i++) {
                var header = new org.apache.kafka.common.message.RequestHeaderData().setCorrelationId(i)
                    .setClientId("p").setRequestApiKey(ApiKeys.LIST_GROUPS.id).setRequestApiVersion((short) 2);
                ByteBuffer head = MessageUtil.toByteBufferAccessor(header, (short) 1).buffer();
                all.putInt(head.remaining()).put(head);
            }
            socket.getOutputStream().write(all.array(), 0, all.position());
            var in = new java.io.DataInputStream(socket.getInputStream());
            for (int i = 0; i < 500; i++) {
                byte[] answer = new byte[in.readInt()];
                in.readFully(answer);
                Checks.equal(i, ByteBuffer.wrap(answer).getInt(), "correlation id");
            }
        }
    }
}
