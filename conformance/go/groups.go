package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func groupChecks(run checks, c *cluster) {
	balancers := map[string]kgo.GroupBalancer{
		"range": kgo.RangeBalancer(), "cooperative-sticky": kgo.CooperativeStickyBalancer(),
	}
	for _, name := range []string{"range", "cooperative-sticky"} {
		run.check("group of two, "+name, func() error { return groupOfTwo(c, name, kgo.Balancers(balancers[name])) })
	}
	run.check("commit and resume", func() error { return commitAndResume(c) })
	run.check("list, describe, lag and delete groups", func() error { return groups(c) })
}

// member is one consumer of a group with what it owns and has read.
type member struct {
	*kgo.Client
	mu    sync.Mutex
	owned map[int32]bool
}

func (c *cluster) member(group, topic string, options ...kgo.Opt) (*member, error) {
	m := &member{owned: map[int32]bool{}}
	change := func(owns bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, p := range partitions[topic] {
				m.owned[p] = owns
			}
		}
	}
	options = append(options, kgo.DisableAutoCommit(), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)), kgo.OnPartitionsLost(change(false)))
	client, err := c.client(options...)
	m.Client = client
	return m, err
}

func (m *member) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	count := 0
	for _, owns := range m.owned {
		if owns {
			count++
		}
	}
	return count
}

// gather polls the members until the condition holds, and counts what each value is seen.
func gather(members []*member, seen map[string]int, condition func() bool) error {
	return until("the group has done its part", func() (bool, error) {
		for _, m := range members {
			records, err := poll(m.Client)
			if err != nil {
				return false, err
			}
			for _, r := range records {
				seen[string(r.Value)]++
			}
		}
		return condition(), nil
	})
}

func eachOnce(seen map[string]int, count int) error {
	for value, times := range seen {
		if times != 1 {
			return fmt.Errorf("%s was seen %d times", value, times)
		}
	}
	return equal(count, len(seen), "values")
}

func groupOfTwo(c *cluster, name string, protocol kgo.Opt) error {
	topic, err := c.topic("two-"+name, 4, nil)
	if err = first(err, c.send(numbered(topic, 0, 1000))); err != nil {
		return err
	}
	one, err := c.member(topic, topic, protocol)
	if err != nil {
		return err
	}
	defer one.Close()
	seen := map[string]int{}
	if err = gather([]*member{one}, seen, func() bool { return len(seen) == 1000 }); err != nil {
		return err
	}
	if err = one.CommitUncommittedOffsets(context.Background()); err != nil {
		return err
	}
	two, err := c.member(topic, topic, protocol)
	if err != nil {
		return err
	}
	defer two.Close()
	both := []*member{one, two}
	settled := func() bool { return one.count() == 2 && two.count() == 2 }
	if err = first(gather(both, seen, settled), c.send(numbered(topic, 1000, 1000))); err != nil {
		return err
	}
	return first(gather(both, seen, func() bool { return len(seen) == 2000 }), eachOnce(seen, 2000))
}

func commitAndResume(c *cluster) error {
	topic, err := c.topic("resume", 2, nil)
	seen := map[string]int{}
	for round := range 2 {
		if err = first(err, c.send(numbered(topic, round*200, 200))); err != nil {
			return err
		}
		m, err := c.member(topic, topic)
		if err != nil {
			return err
		}
		err = gather([]*member{m}, seen, func() bool { return len(seen) == (round+1)*200 })
		err = first(err, m.CommitUncommittedOffsets(context.Background()))
		m.Close()
		if err != nil {
			return err
		}
	}
	return eachOnce(seen, 400)
}

func groups(c *cluster) error {
	ctx := context.Background()
	topic, err := c.topic("groups", 1, nil)
	if err = first(err, c.send(numbered(topic, 0, 100))); err != nil {
		return err
	}
	m, err := c.member(topic, topic)
	if err != nil {
		return err
	}
	seen := map[string]int{}
	err = gather([]*member{m}, seen, func() bool { return len(seen) == 100 })
	err = first(err, m.CommitUncommittedOffsets(ctx), c.send(numbered(topic, 100, 30)))
	if err != nil {
		return err
	}
	lags, err := c.admin.Lag(ctx, topic)
	if err = first(err, lags.Error(), equal("Stable", lags[topic].State, "state"), equal(30, lags[topic].Lag.Total(), "lag")); err != nil {
		return err
	}
	listed, err := c.admin.ListGroups(ctx)
	if err = first(err, equal("consumer", listed[topic].ProtocolType, "protocol type")); err != nil {
		return err
	}
	if _, err = c.admin.DeleteGroup(ctx, topic); !errors.Is(err, kerr.NonEmptyGroup) {
		return fmt.Errorf("expected NON_EMPTY_GROUP, got %v", err)
	}
	m.Close()
	err = until("the group is empty", func() (bool, error) {
		described, err := c.admin.DescribeGroups(ctx, topic)
		return described[topic].State == "Empty", err
	})
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, 5, -1)
	err = first(err, c.admin.CommitAllOffsets(ctx, topic, offsets))
	fetched, fetchErr := c.admin.FetchOffsets(ctx, topic)
	at, _ := fetched.Lookup(topic, 0)
	err = first(err, fetchErr, equal(int64(5), at.At, "committed offset"))
	deleted, deleteErr := c.admin.DeleteGroup(ctx, topic)
	return first(err, deleteErr, deleted.Err)
}
