import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** A request for each API of classic groups, at any of its versions. */
final class WireGroups {
    private static final short NEWEST_JOIN = 9;
    private static final short NEWEST_SYNC = 5;

    private final Cluster cluster;
    private final WireRequests requests;

    WireGroups(Cluster cluster, WireRequests requests) throws Exception {
        this.cluster = cluster;
        this.requests = requests;
        committed("first"); // the offsets topic comes into being when a coordinator is asked for
    }

    void cases(Map<ApiKeys, WireChecks.Case> cases) {
        cases.put(ApiKeys.FIND_COORDINATOR, this::findCoordinator);
        cases.put(ApiKeys.JOIN_GROUP, (wire, v) -> join(wire, v, cluster.name("join-v" + v)));
        cases.put(ApiKeys.SYNC_GROUP, (wire, v) -> {
            String group = cluster.name("sync-v" + v);
            return sync(wire, v, group, joined(wire, group));
        });
        cases.put(ApiKeys.HEARTBEAT, this::heartbeat);
        cases.put(ApiKeys.LEAVE_GROUP, this::leave);
        cases.put(ApiKeys.OFFSET_COMMIT, this::offsetCommit);
        cases.put(ApiKeys.OFFSET_FETCH, this::offsetFetch);
        cases.put(ApiKeys.OFFSET_DELETE, this::offsetDelete);
        cases.put(ApiKeys.LIST_GROUPS, (wire, v) -> WireChecks.ok(wire, v, new ListGroupsRequestData()
            .setStatesFilter(v >= 4 ? List.of("Empty") : List.of()).setTypesFilter(v >= 5 ? List.of("classic") : List.of())));
        cases.put(ApiKeys.DESCRIBE_GROUPS, this::describeGroups);
        cases.put(ApiKeys.DELETE_GROUPS, (wire, v) -> {
            String group = committed("deleted-v" + v);
            return WireChecks.ok(wire, v, new DeleteGroupsRequestData().setGroupsNames(List.of(group)));
        });
    }

    /** Makes an empty group with one committed offset, 42. */
    private String committed(String name) throws Exception {
        String group = cluster.name(name);
        cluster.admin.alterConsumerGroupOffsets(group, Map.of(
            new TopicPartition(requests.topic, 0), new OffsetAndMetadata(42, "a note"))).all().get();
        return group;
    }

    private AbstractResponse findCoordinator(Wire wire, short version) throws Exception {
        var request = new FindCoordinatorRequestData();
        if (version >= 4) request.setCoordinatorKeys(List.of(cluster.name("a"), cluster.name("b")));
        else request.setKey(cluster.name("a"));
        return WireChecks.ok(wire, version, request);
    }

    private AbstractResponse join(Wire wire, short version, String group) throws Exception {
        var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {1, 2, 3}));
        var request = new JoinGroupRequestData().setGroupId(group).setSessionTimeoutMs(10_000).setMemberId("")
            .setProtocolType("consumer").setProtocols(protocols);
        if (version >= 1) request.setRebalanceTimeoutMs(10_000);
        AbstractResponse answer = wire.ask(version, request, Set.of(Errors.NONE, Errors.MEMBER_ID_REQUIRED));
        var data = (JoinGroupResponseData) answer.data();
        if (version >= 4) { // KIP-394: the first answer only hands out the member id
            Checks.equal(Errors.MEMBER_ID_REQUIRED.code(), data.errorCode(), "first answer of JoinGroup v" + version);
            answer = WireChecks.ok(wire, version, request.setMemberId(data.memberId()));
            data = (JoinGroupResponseData) answer.data();
        }
        Checks.equal(1, data.generationId(), "generation");
        Checks.equal(data.memberId(), data.leader(), "leader");
        Checks.equal(1, data.members().size(), "members");
        return answer;
    }

    private JoinGroupResponseData joined(Wire wire, String group) throws Exception {
        return (JoinGroupResponseData) join(wire, NEWEST_JOIN, group).data();
    }

    private AbstractResponse sync(Wire wire, short version, String group, JoinGroupResponseData member) throws Exception {
        byte[] assignment = {0, 9};
        var request = new SyncGroupRequestData().setGroupId(group).setMemberId(member.memberId()).setGenerationId(member.generationId())
            .setAssignments(List.of(new SyncGroupRequestData.SyncGroupRequestAssignment().setMemberId(member.memberId()).setAssignment(assignment)));
        if (version >= 5) request.setProtocolType("consumer").setProtocolName("range");
        var answer = WireChecks.ok(wire, version, request);
        Checks.that(java.util.Arrays.equals(assignment, ((SyncGroupResponseData) answer.data()).assignment()), "the assignment");
        return answer;
    }

    private JoinGroupResponseData synced(Wire wire, String group) throws Exception {
        var member = joined(wire, group);
        sync(wire, NEWEST_SYNC, group, member);
        return member;
    }

    private AbstractResponse heartbeat(Wire wire, short version) throws Exception {
        String group = cluster.name("heartbeat-v" + version);
        var member = synced(wire, group);
        var request = new HeartbeatRequestData().setGroupId(group).setMemberId(member.memberId()).setGenerationId(member.generationId());
        WireChecks.ok(wire, version, request);
        wire.ask(version, request.setGenerationId(9), Set.of(Errors.ILLEGAL_GENERATION));
        return wire.ask(version, request.setMemberId("stranger"), Set.of(Errors.UNKNOWN_MEMBER_ID));
    }

    private AbstractResponse leave(Wire wire, short version) throws Exception {
        String group = cluster.name("leave-v" + version);
        String member = synced(wire, group).memberId();
        var request = new LeaveGroupRequestData().setGroupId(group);
        if (version < 3) request.setMemberId(member);
        else request.setMembers(List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId(member)));
        WireChecks.ok(wire, version, request);
        return wire.ask(version, request, Set.of(Errors.NONE, Errors.UNKNOWN_MEMBER_ID));
    }

    private AbstractResponse offsetCommit(Wire wire, short version) throws Exception {
        String group = cluster.name("commit-v" + version);
        var topic = new OffsetCommitRequestData.OffsetCommitRequestTopic().setPartitions(List.of(
            new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(0).setCommittedOffset(7).setCommittedMetadata("m")));
        if (version >= 10) topic.setTopicId(requests.topicId);
        else topic.setName(requests.topic);
        var answer = WireChecks.ok(wire, version, new OffsetCommitRequestData().setGroupId(group).setTopics(List.of(topic)));
        var stored = cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
        Checks.equal(new OffsetAndMetadata(7, "m"), stored.get(new TopicPartition(requests.topic, 0)), "commit at v" + version);
        return answer;
    }

    private AbstractResponse offsetFetch(Wire wire, short version) throws Exception {
        String group = committed("fetch-v" + version);
        var request = new OffsetFetchRequestData();
        if (version < 8) {
            request.setGroupId(group).setTopics(List.of(
                new OffsetFetchRequestData.OffsetFetchRequestTopic().setName(requests.topic).setPartitionIndexes(List.of(0))));
        } else {
            var topics = new OffsetFetchRequestData.OffsetFetchRequestTopics().setPartitionIndexes(List.of(0));
            if (version >= 10) topics.setTopicId(requests.topicId);
            else topics.setName(requests.topic);
            request.setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId(group).setTopics(List.of(topics)),
                new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId(group).setTopics(null)));
        }
        var answer = WireChecks.ok(wire, version, request);
        var data = (OffsetFetchResponseData) answer.data();
        long offset = version < 8 ? data.topics().get(0).partitions().get(0).committedOffset()
            : data.groups().get(0).topics().get(0).partitions().get(0).committedOffset();
        Checks.equal(42L, offset, "offset at v" + version);
        return answer;
    }

    private AbstractResponse offsetDelete(Wire wire, short version) throws Exception {
        String group = committed("offset-delete-v" + version);
        var topics = new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic().setName(requests.topic).setPartitions(List.of(
            new OffsetDeleteRequestData.OffsetDeleteRequestPartition().setPartitionIndex(0))));
        return WireChecks.ok(wire, version, new OffsetDeleteRequestData().setGroupId(group).setTopics(topics));
    }

    private AbstractResponse describeGroups(Wire wire, short version) throws Exception {
        String group = cluster.name("describe-v" + version);
        synced(wire, group);
        var answer = WireChecks.ok(wire, version, new DescribeGroupsRequestData().setGroups(List.of(group)));
        var found = ((DescribeGroupsResponseData) answer.data()).groups().get(0);
        Checks.equal("Stable", found.groupState(), "state");
        Checks.equal(2, found.members().get(0).memberAssignment().length, "bytes of the assignment");
        // From version 6 on an unknown group has an error (KIP-1043), before it is described as dead.
        Errors expected = version >= 6 ? Errors.GROUP_ID_NOT_FOUND : Errors.NONE;
        return wire.ask(version, new DescribeGroupsRequestData().setGroups(List.of(cluster.name("none"))), Set.of(expected));
    }
}
