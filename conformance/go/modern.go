package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func modernChecks(run checks, c *cluster) {
	run.check("consumer protocol: group of two", func() error { return serverSideGroup(c) })
	run.check("share group: accept, release and redeliver", func() error { return shareGroup(c) })
	run.check("transactions: copy in a group session", func() error { return transactions(c) })
	run.check("transactions: a second producer fences the first", func() error { return fencing(c) })
}

func serverSideGroup(c *cluster) error {
	if err := groupOfTwo(c, "server", kgo.ServerSideBalancer()); err != nil {
		return err
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.Close()
	// A classic group is not found by this request: it tells that the client did not fall back.
	describe := kmsg.NewConsumerGroupDescribeRequest()
	describe.Groups = []string{c.name("two-server")}
	described, err := describe.RequestWith(context.Background(), client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(described.Groups[0].ErrorCode)
}

func shareGroup(c *cluster) error {
	ctx := context.Background()
	topic, err := c.topic("share", 1, nil)
	value := "earliest"
	alter := kmsg.NewIncrementalAlterConfigsRequest()
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeGroupConfig, topic
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = "share.auto.offset.reset", &value
	resource.Configs = append(resource.Configs, config)
	alter.Resources = append(alter.Resources, resource)
	admin, adminErr := c.client()
	if err = first(err, adminErr); err != nil {
		return err
	}
	defer admin.Close()
	altered, err := alter.RequestWith(ctx, admin)
	if err != nil {
		return err
	}
	if err = first(kerr.ErrorForCode(altered.Resources[0].ErrorCode), c.send(numbered(topic, 0, 10))); err != nil {
		return err
	}
	client, err := c.client(kgo.ShareGroup(topic), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	seen := map[string]int{}
	return until("each record is accepted, the odd ones at their second delivery", func() (bool, error) {
		records, err := poll(client)
		for _, r := range records {
			status := kgo.AckAccept
			if r.Offset%2 == 1 && seen[string(r.Value)] == 0 {
				status = kgo.AckRelease
			}
			seen[string(r.Value)]++
			client.MarkAcks(status, r)
		}
		if len(records) > 0 {
			err = first(err, client.FlushAcks(ctx))
		}
		total := 0
		for _, times := range seen {
			total += times
		}
		return len(seen) == 10 && total >= 15, first(err, equal(true, total <= 15, "at most 15 deliveries"))
	})
}

// transactions copies a topic, ending every second transaction by an abort; the copy holds each record once.
func transactions(c *cluster) error {
	ctx := context.Background()
	source, err := c.topic("transactions-source", 2, nil)
	target, targetErr := c.topic("transactions-target", 1, nil)
	if err = first(err, targetErr, c.send(numbered(source, 0, 300))); err != nil {
		return err
	}
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(c.bootstrap), kgo.TransactionalID(source),
		kgo.ConsumerGroup(source), kgo.ConsumeTopics(source), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets())
	if err != nil {
		return err
	}
	defer session.Close()
	copied, round := 0, 0
	err = until("all is copied", func() (bool, error) {
		fetches := session.PollRecords(ctx, 100)
		if err := session.Begin(); err != nil {
			return false, err
		}
		for _, r := range fetches.Records() {
			session.Produce(ctx, &kgo.Record{Topic: target, Value: r.Value}, nil)
		}
		round++
		committed, err := session.End(ctx, kgo.TransactionEndTry(round%2 == 0))
		if committed {
			copied += fetches.NumRecords()
		}
		return copied >= 300, err
	})
	if err != nil {
		return err
	}
	reader, err := c.client(kgo.ConsumeTopics(target), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	defer reader.Close()
	seen := map[string]int{}
	err = until("the copy is read", func() (bool, error) {
		records, err := poll(reader)
		for _, r := range records {
			seen[string(r.Value)]++
		}
		return len(seen) >= 300, err
	})
	fetched, fetchErr := c.admin.FetchOffsets(ctx, source)
	total := int64(0)
	fetched.Each(func(o kadm.OffsetResponse) { total += o.At })
	return first(err, eachOnce(seen, 300), fetchErr, equal(int64(300), total, "committed offsets"))
}

func fencing(c *cluster) error {
	ctx := context.Background()
	topic, err := c.topic("transactions-fenced", 1, nil)
	if err != nil {
		return err
	}
	begin := func() (*kgo.Client, error) {
		client, err := c.client(kgo.TransactionalID(topic))
		if err != nil {
			return nil, err
		}
		err = client.BeginTransaction()
		return client, first(err, client.ProduceSync(ctx, numbered(topic, 0, 1)[0]).FirstErr())
	}
	one, err := begin()
	if err != nil {
		return err
	}
	defer one.Close()
	// The first one's open transaction is aborted for the second, which asks again until that is done.
	two, err := begin()
	if err != nil {
		return err
	}
	defer two.Close()
	err = one.EndTransaction(ctx, kgo.TryCommit)
	if !errors.Is(err, kerr.ProducerFenced) && !errors.Is(err, kerr.InvalidProducerEpoch) {
		return fmt.Errorf("expected the first to be fenced, got %v", strings.TrimSpace(fmt.Sprint(err)))
	}
	return two.EndTransaction(ctx, kgo.TryCommit)
}
