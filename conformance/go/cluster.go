package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// cluster is the broker under test: short ways to topics, producers and consumers.
type cluster struct {
	bootstrap, prefix string
	admin             *kadm.Client
}

func (c *cluster) name(name string) string { return c.prefix + "-" + name }

func (c *cluster) client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.bootstrap),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.HeartbeatInterval(200 * time.Millisecond),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.ProducerBatchMaxBytes(2_000_000),
		kgo.UnknownTopicRetries(2),
	}, options...)...)
}

// topic creates a topic and waits until it has its leaders.
func (c *cluster) topic(name string, partitions int32, configs map[string]*string) (string, error) {
	topic := c.name(name)
	ctx := context.Background()
	created, err := c.admin.CreateTopic(ctx, partitions, 1, configs, topic)
	if err = first(err, created.Err); err != nil {
		return topic, err
	}
	return topic, c.leaders(topic, partitions)
}

func (c *cluster) leaders(topic string, partitions int32) error {
	return until("leaders", func() (bool, error) {
		details, err := c.admin.ListTopics(context.Background(), topic)
		found := details[topic]
		if err != nil || found.Err != nil || len(found.Partitions) != int(partitions) {
			return false, nil
		}
		for _, p := range found.Partitions {
			if p.Leader != 1 {
				return false, nil
			}
		}
		return true, nil
	})
}

// send produces and waits for every acknowledgement.
func (c *cluster) send(records []*kgo.Record, options ...kgo.Opt) error {
	client, err := c.client(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(context.Background(), records...).FirstErr()
}

func numbered(topic string, from, count int) []*kgo.Record {
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{
			Topic: topic,
			Key:   fmt.Appendf(nil, "key-%d", (from+i)%100),
			Value: fmt.Appendf(nil, "value-%d", from+i),
		}
	}
	return records
}

// poll takes what comes within 100 ms.
func poll(client *kgo.Client) ([]*kgo.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	fetches := client.PollFetches(ctx)
	for _, e := range fetches.Errors() {
		if e.Err != context.DeadlineExceeded {
			return nil, e.Err
		}
	}
	return fetches.Records(), nil
}

// read reads a topic from its beginning, without a group.
func (c *cluster) read(topic string, count int) ([]*kgo.Record, error) {
	client, err := c.client(kgo.ConsumeTopics(topic))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var records []*kgo.Record
	err = until(fmt.Sprintf("%d records came", count), func() (bool, error) {
		more, err := poll(client)
		records = append(records, more...)
		return len(records) >= count, err
	})
	return records, first(err, equal(count, len(records), "records"))
}

func (c *cluster) offset(topic string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) (int64, error) {
	listed, err := list(context.Background(), topic)
	if err != nil {
		return 0, err
	}
	found, _ := listed.Lookup(topic, 0)
	return found.Offset, found.Err
}
