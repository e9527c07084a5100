import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API of groups of the consumer protocol (KIP-848), at any of its versions. */
final class WireConsumerGroups {
    private final Cluster cluster;
    private final WireRequests requests;

    WireConsumerGroups(Cluster cluster, WireRequests requests) {
        this.cluster = cluster;
        this.requests = requests;
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.CONSUMER_GROUP_HEARTBEAT, (wire, v) -> join(wire, v, cluster.name("consumers-v" + v)));
        cases.put(ApiKeys.CONSUMER_GROUP_DESCRIBE, this::describe);
    }

    /** A first heartbeat: the only member gets the topic's only partition. */
    private AbstractResponse join(Wire wire, short version, String group) throws Exception {
        var answer = WireChecks.ok(wire, version, new ConsumerGroupHeartbeatRequestData()
            .setGroupId(group).setMemberId(version >= 1 ? "member" : "").setMemberEpoch(0)
            .setRebalanceTimeoutMs(10_000).setSubscribedTopicNames(List.of(requests.topic)).setTopicPartitions(List.of()));
        var data = (ConsumerGroupHeartbeatResponseData) answer.data();
        Checks.equal(requests.topicId, data.assignment().topicPartitions().get(0).topicId(), "topic of the assignment");
        return answer;
    }

    private AbstractResponse describe(Wire wire, short version) throws Exception {
        String group = cluster.name("consumers-described-v" + version);
        join(wire, (short) 1, group);
        var answer = WireChecks.ok(wire, version, new ConsumerGroupDescribeRequestData().setGroupIds(List.of(group)));
        var found = ((ConsumerGroupDescribeResponseData) answer.data()).groups().get(0);
        Checks.equal("Stable", found.groupState(), "state");
        Checks.equal("uniform", found.assignorName(), "assignor");
        return answer;
    }
}
