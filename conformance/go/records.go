package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A batch of one null-keyed record is this much larger than its value, at values near 1 MiB.
const batchOverhead = 72
const defaultMaxMessageBytes = 1048588

func recordChecks(run checks, c *cluster) {
	run.check("produce and consume", func() error { return produceAndConsume(c) })
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		run.check("compression "+name, func() error { return compression(c, name, codecs[name]) })
	}
	run.check("headers", func() error { return headers(c) })
	run.check("null keys and values", func() error { return nulls(c) })
	run.check("1 MB record", func() error { return largeRecord(c) })
	run.check("record beyond max.message.bytes refused", func() error { return tooLarge(c) })
	run.check("100,000 records", func() error { return manyRecords(c) })
	run.check("idempotent producer", func() error { return idempotent(c) })
	run.check("acks 0 and 1", func() error { return fewerAcks(c) })
}

func produceAndConsume(c *cluster) error {
	topic, err := c.topic("basic", 3, nil)
	if err != nil {
		return err
	}
	start := time.UnixMilli(1_700_000_000_000)
	var records []*kgo.Record
	for i := range 300 {
		records = append(records, &kgo.Record{
			Topic: topic, Partition: int32(i % 3), Timestamp: start.Add(time.Duration(i) * time.Millisecond),
			Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i),
		})
	}
	if err = c.send(records, kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		return err
	}
	read, err := c.read(topic, 300)
	for _, r := range read {
		i := r.Offset*3 + int64(r.Partition)
		got := fmt.Sprintf("%s %s %d", r.Key, r.Value, r.Timestamp.UnixMilli())
		want := fmt.Sprintf("k%d v%d %d", i, i, start.UnixMilli()+i)
		err = first(err, equal(want, got, "record"))
	}
	return err
}

// inOrder expects value-0, value-1, ... in the one partition of the topic.
func inOrder(c *cluster, topic string, count int) error {
	read, err := c.read(topic, count)
	for i, r := range read {
		err = first(err, equal(fmt.Sprintf("value-%d", i), string(r.Value), "value"), equal(int64(i), r.Offset, "offset"))
	}
	return err
}

func compression(c *cluster, name string, codec kgo.CompressionCodec) error {
	topic, err := c.topic("codec-"+name, 1, nil)
	return first(err, c.send(numbered(topic, 0, 2000), kgo.ProducerBatchCompression(codec)), inOrder(c, topic, 2000))
}

func headers(c *cluster) error {
	topic, err := c.topic("headers", 1, nil)
	if err != nil {
		return err
	}
	sent := []kgo.RecordHeader{
		{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "empty", Value: []byte{}},
		{Key: "null"}, {Key: "grüße", Value: []byte{0, 255}},
	}
	if err = c.send([]*kgo.Record{{Topic: topic, Value: []byte("v"), Headers: sent}}); err != nil {
		return err
	}
	read, err := c.read(topic, 1)
	if err != nil {
		return err
	}
	return equal(fmt.Sprintf("%#v", sent), fmt.Sprintf("%#v", read[0].Headers), "headers")
}

func nulls(c *cluster) error {
	topic, err := c.topic("nulls", 1, nil)
	if err != nil {
		return err
	}
	pairs := [][2][]byte{{nil, nil}, {{}, {}}, {[]byte("k"), nil}, {nil, []byte("v")}}
	var records []*kgo.Record
	for _, pair := range pairs {
		records = append(records, &kgo.Record{Topic: topic, Key: pair[0], Value: pair[1]})
	}
	if err = c.send(records); err != nil {
		return err
	}
	read, err := c.read(topic, len(pairs))
	for i, r := range read {
		err = first(err, equal(fmt.Sprintf("%#v", pairs[i]), fmt.Sprintf("%#v", [2][]byte{r.Key, r.Value}), "pair"))
	}
	return err
}

func largeRecord(c *cluster) error {
	topic, err := c.topic("large", 1, nil)
	if err != nil {
		return err
	}
	values := [][]byte{bytes.Repeat([]byte("abcdefghij"), 100_000), bytes.Repeat([]byte("x"), defaultMaxMessageBytes-batchOverhead)}
	for _, value := range values {
		err = first(err, c.send([]*kgo.Record{{Topic: topic, Value: value}}, kgo.ProducerBatchCompression(kgo.NoCompression())))
	}
	if err != nil {
		return err
	}
	read, err := c.read(topic, 2)
	for i, r := range read {
		err = first(err, equal(true, bytes.Equal(values[i], r.Value), "the large record is the same"))
	}
	return err
}

func tooLarge(c *cluster) error {
	topic, err := c.topic("too-large", 1, nil)
	if err != nil {
		return err
	}
	value := bytes.Repeat([]byte("x"), defaultMaxMessageBytes-batchOverhead+1)
	err = c.send([]*kgo.Record{{Topic: topic, Value: value}}, kgo.ProducerBatchCompression(kgo.NoCompression()))
	if !errors.Is(err, kerr.MessageTooLarge) {
		return fmt.Errorf("expected MESSAGE_TOO_LARGE, got %v", err)
	}
	return first(c.send(numbered(topic, 0, 1)), inOrder(c, topic, 1))
}

func manyRecords(c *cluster) error {
	const count = 100_000
	topic, err := c.topic("many", 4, nil)
	if err != nil {
		return err
	}
	records := numbered(topic, 0, count)
	for i, r := range records {
		r.Key = fmt.Appendf(nil, "key-%d", i%1000)
	}
	if err = c.send(records); err != nil {
		return err
	}
	read, err := c.read(topic, count)
	if err != nil {
		return err
	}
	next := map[string]int{}
	for _, r := range read {
		key := string(r.Key)
		i, seen := next[key]
		if !seen {
			i, _ = strconv.Atoi(strings.TrimPrefix(key, "key-"))
		}
		next[key] = i + 1000
		sent := records[i]
		err = first(err, equal(fmt.Sprintf("value-%d", i), string(r.Value), "next record of "+key),
			equal(sent.Partition, r.Partition, "partition"), equal(sent.Offset, r.Offset, "offset"))
	}
	return first(err, equal(1000, len(next), "keys"))
}

func idempotent(c *cluster) error {
	topic, err := c.topic("idempotent", 1, nil)
	// A client of franz-go is idempotent unless it is told otherwise; small batches make many sequences.
	return first(err, c.send(numbered(topic, 0, 3000), kgo.ProducerBatchMaxBytes(1024)), inOrder(c, topic, 3000))
}

func fewerAcks(c *cluster) error {
	for name, acks := range map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck()} {
		topic, err := c.topic("acks-"+name, 1, nil)
		err = first(err, c.send(numbered(topic, 0, 500), kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite()))
		if err = first(err, inOrder(c, topic, 500)); err != nil {
			return err
		}
	}
	return nil
}
