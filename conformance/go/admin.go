package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func adminChecks(run checks, c *cluster) {
	run.check("create, describe and delete topics", func() error { return topics(c) })
	run.check("topic configs", func() error { return topicConfigs(c) })
	run.check("create partitions", func() error { return createPartitions(c) })
	run.check("list offsets", func() error { return listOffsets(c) })
	run.check("delete records", func() error { return deleteRecords(c) })
	run.check("refused topics", func() error { return refusedTopics(c) })
	run.check("unknown topic", func() error { return unknownTopic(c) })
	run.check("offset out of range", func() error { return outOfRange(c) })
}

func is(expected *kerr.Error, err error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return fmt.Errorf("expected %s, got %v", expected.Message, err)
}

func topics(c *cluster) error {
	ctx := context.Background()
	topic, err := c.topic("topics", 3, nil)
	if err != nil {
		return err
	}
	listed, err := c.admin.ListTopics(ctx)
	if err = first(err, equal(true, listed.Has(topic), "listed"), equal(3, len(listed[topic].Partitions), "partitions")); err != nil {
		return err
	}
	if _, err = c.admin.DeleteTopic(ctx, topic); err != nil {
		return err
	}
	return until("the topic is gone", func() (bool, error) {
		listed, err := c.admin.ListTopics(ctx)
		return !listed.Has(topic), err
	})
}

func topicConfigs(c *cluster) error {
	ctx := context.Background()
	topic, err := c.topic("configs", 1, map[string]*string{"retention.ms": kadm.StringPtr("100000")})
	if err != nil {
		return err
	}
	value := func(name string) string {
		described, err := c.admin.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			return err.Error()
		}
		for _, config := range described[0].Configs {
			if config.Key == name {
				return config.MaybeValue()
			}
		}
		return "absent"
	}
	alter := func(name, value string) error {
		change := kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value}
		altered, err := c.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, topic)
		if err != nil {
			return err
		}
		return altered[0].Err
	}
	err = first(equal("100000", value("retention.ms"), "retention.ms"),
		equal("1048588", value("max.message.bytes"), "max.message.bytes"), alter("max.message.bytes", "2000"))
	err = first(err, until("it is altered", func() (bool, error) { return value("max.message.bytes") == "2000", nil }))
	return first(err, is(kerr.InvalidConfig, alter("retention.ms", "soon")))
}

func createPartitions(c *cluster) error {
	topic, err := c.topic("more-partitions", 1, nil)
	if err != nil {
		return err
	}
	create := func(total int) error {
		updated, err := c.admin.UpdatePartitions(context.Background(), total, topic)
		if err != nil {
			return err
		}
		return updated[topic].Err
	}
	return first(create(4), c.leaders(topic, 4), is(kerr.InvalidPartitions, create(2)))
}

func listOffsets(c *cluster) error {
	topic, err := c.topic("offsets", 1, nil)
	if err != nil {
		return err
	}
	for _, ms := range []int64{1000, 3000, 2000} {
		record := &kgo.Record{Topic: topic, Value: []byte("v"), Timestamp: time.UnixMilli(ms)}
		err = first(err, c.send([]*kgo.Record{record}))
	}
	at := func(ms int64) func(context.Context, ...string) (kadm.ListedOffsets, error) {
		return func(ctx context.Context, topics ...string) (kadm.ListedOffsets, error) {
			return c.admin.ListOffsetsAfterMilli(ctx, ms, topics...)
		}
	}
	for _, expected := range []struct {
		what   string
		list   func(context.Context, ...string) (kadm.ListedOffsets, error)
		offset int64
	}{
		{"earliest", c.admin.ListStartOffsets, 0},
		{"latest", c.admin.ListEndOffsets, 3},
		{"max timestamp", c.admin.ListMaxTimestampOffsets, 1},
		{"committed", c.admin.ListCommittedOffsets, 3},
		{"time 0", at(0), 0},
		{"time 1500", at(1500), 1},
	} {
		offset, listErr := c.offset(topic, expected.list)
		err = first(err, listErr, equal(expected.offset, offset, expected.what))
	}
	return err
}

func deleteRecords(c *cluster) error {
	topic, err := c.topic("delete-records", 1, nil)
	if err = first(err, c.send(numbered(topic, 0, 100))); err != nil {
		return err
	}
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, 40, -1)
	deleted, err := c.admin.DeleteRecords(context.Background(), offsets)
	if err = first(err, deleted.Error()); err != nil {
		return err
	}
	start, err := c.offset(topic, c.admin.ListStartOffsets)
	if err = first(err, equal(int64(40), start, "earliest")); err != nil {
		return err
	}
	read, err := c.read(topic, 60)
	if err != nil {
		return err
	}
	return equal(int64(40), read[0].Offset, "first record")
}

func refusedTopics(c *cluster) error {
	create := func(name string, partitions int32, replication int16, configs map[string]*string) error {
		created, err := c.admin.CreateTopic(context.Background(), partitions, replication, configs, name)
		return first(created.Err, err)
	}
	topic, err := c.topic("exists", 1, nil)
	err = first(err, is(kerr.TopicAlreadyExists, create(topic, 1, 1, nil)))
	for _, name := range []string{"a b", "..", strings.Repeat("x", 250)} {
		err = first(err, is(kerr.InvalidTopicException, create(name, 1, 1, nil)))
	}
	bad := map[string]*string{"no.such": kadm.StringPtr("1")}
	return first(err, is(kerr.InvalidPartitions, create(c.name("p0"), 0, 1, nil)),
		is(kerr.InvalidReplicationFactor, create(c.name("rf"), 1, 3, nil)),
		is(kerr.InvalidConfig, create(c.name("bad"), 1, 1, bad)))
}

func unknownTopic(c *cluster) error {
	topic := c.name("unknown")
	err := is(kerr.UnknownTopicOrPartition, c.send(numbered(topic, 0, 1)))
	_, deleteErr := c.admin.DeleteTopic(context.Background(), topic)
	listed, listErr := c.admin.ListTopics(context.Background())
	return first(err, is(kerr.UnknownTopicOrPartition, deleteErr), listErr, equal(false, listed.Has(topic), "created"))
}

func outOfRange(c *cluster) error {
	topic, err := c.topic("out-of-range", 1, nil)
	if err = first(err, c.send(numbered(topic, 0, 50))); err != nil {
		return err
	}
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, 10, -1)
	if _, err = c.admin.DeleteRecords(context.Background(), offsets); err != nil {
		return err
	}
	for _, position := range []int64{3, 5000} {
		at := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(position)}}
		client, err := c.client(kgo.ConsumePartitions(at))
		if err != nil {
			return err
		}
		var read []*kgo.Record
		err = until("records come", func() (bool, error) {
			more, err := poll(client)
			read = append(read, more...)
			return len(read) > 0, err
		})
		client.Close()
		if err = first(err, equal(int64(10), read[0].Offset, "first record")); err != nil {
			return err
		}
	}
	return nil
}
