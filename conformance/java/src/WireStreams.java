import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API of streams groups (KIP-1071), at any of its versions. */
final class WireStreams {
    private final Cluster cluster;
    private final WireRequests requests;

    WireStreams(Cluster cluster, WireRequests requests) {
        this.cluster = cluster;
        this.requests = requests;
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.STREAMS_GROUP_HEARTBEAT, (wire, v) -> join(wire, v, cluster.name("streams-v" + v)));
        cases.put(ApiKeys.STREAMS_GROUP_DESCRIBE, this::describe);
    }

    /** A first heartbeat: the group waits for more members before it assigns the topology's tasks. */
    private AbstractResponse join(Wire wire, short version, String group) throws Exception {
        var part = new StreamsGroupHeartbeatRequestData.Subtopology()
            .setSubtopologyId("0").setSourceTopics(List.of(requests.topic));
        var answer = WireChecks.ok(wire, version, new StreamsGroupHeartbeatRequestData()
            .setGroupId(group).setMemberId("member").setMemberEpoch(0).setRebalanceTimeoutMs(10_000).setProcessId("process")
            .setTopology(new StreamsGroupHeartbeatRequestData.Topology().setSubtopologies(List.of(part)))
            .setActiveTasks(List.of()).setStandbyTasks(List.of()).setWarmupTasks(List.of()));
        var data = (StreamsGroupHeartbeatResponseData) answer.data();
        Checks.equal("member", data.memberId(), "member");
        return answer;
    }

    private AbstractResponse describe(Wire wire, short version) throws Exception {
        String group = cluster.name("streams-described-v" + version);
        join(wire, (short) 0, group);
        var answer = WireChecks.ok(wire, version, new StreamsGroupDescribeRequestData().setGroupIds(List.of(group)));
        var found = ((StreamsGroupDescribeResponseData) answer.data()).groups().get(0);
        Checks.equal(List.of(requests.topic), found.topology().subtopologies().get(0).sourceTopics(), "source topics");
        Checks.equal("process", found.members().get(0).processId(), "process");
        return answer;
    }
}
