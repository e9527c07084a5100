#!/bin/bash
# make.sh LIBS DIR: lets Apache Kafka 4.3.1 (its jars in LIBS) write the metadata of a small cluster
# into DIR, whose files are those of kafka-4.3.1/ here. Needs ports 19192 and 19193.
set -eu
libs=$1 dir=$2
run() { java -cp "$libs/*" "$@"; }
mkdir -p "$dir"
cat > "$dir/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:19193
listeners=PLAINTEXT://127.0.0.1:19192,CONTROLLER://127.0.0.1:19193
controller.listener.names=CONTROLLER
log.dirs=$dir/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
metadata.max.idle.interval.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
P
run kafka.tools.StorageTool format --standalone -t AnchorAnchorAnchorAnch -c "$dir/server.properties"
run kafka.Kafka "$dir/server.properties" > "$dir/server.log" 2>&1 < /dev/null &
pid=$!
server="--bootstrap-server 127.0.0.1:19192"
until run org.apache.kafka.tools.TopicCommand $server --list; do kill -0 $pid; done
configs() { run kafka.admin.ConfigCommand $server --alter "$@"; }
topics() { run org.apache.kafka.tools.TopicCommand $server "$@"; }
topics --create --topic orders --partitions 3 --config retention.ms=100000
topics --create --topic gone
configs --entity-type users --entity-name alice --add-config 'SCRAM-SHA-256=[iterations=4096,password=x]'
configs --entity-type users --entity-name alice --entity-type clients --entity-default \
  --add-config producer_byte_rate=1024
configs --entity-type groups --entity-name g1 --add-config consumer.session.timeout.ms=46000
run org.apache.kafka.tools.ClientMetricsCommand $server --alter --name cm1 \
  --metrics org.apache.kafka.producer. --interval 10000
run org.apache.kafka.tools.AclCommand $server --add --allow-principal User:bob --operation Read --topic orders
topics --delete --topic gone
kill $pid
wait $pid || true
