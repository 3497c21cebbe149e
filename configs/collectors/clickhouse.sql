-- Takes the rows of nfacctd-kafka.conf from Kafka: clickhouse-client --multiquery < clickhouse.sql
CREATE TABLE flows
(
    stamp_inserted DateTime,
    as_src UInt32,
    as_dst UInt32,
    packets UInt64,
    bytes UInt64
)
ENGINE = SummingMergeTree()
PARTITION BY toYYYYMM(stamp_inserted)
ORDER BY (stamp_inserted, as_src, as_dst);

CREATE TABLE flows_queue
(
    stamp_inserted DateTime,
    as_src UInt32,
    as_dst UInt32,
    packets UInt64,
    bytes UInt64
)
ENGINE = Kafka SETTINGS
    kafka_broker_list = 'broker:9092',
    kafka_topic_list = 'lull.flows',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONEachRow';

CREATE MATERIALIZED VIEW flows_in TO flows AS
SELECT stamp_inserted, as_src, as_dst, packets, bytes FROM flows_queue;
