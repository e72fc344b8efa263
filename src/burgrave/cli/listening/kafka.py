"""Topics of Kafka are consumed into the spool: offsets are committed once the messages are on disk.

Listeners that share a state directory share the partitions of a source (``kafka_sharing``). What is to be kept is noted
before, as the first and last offset of a partition, and its mark moves after. Whoever is killed between finds the note,
fetches the same messages again and gives them under the same key, so that they stand once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.cli.listening.files import write
from burgrave.cli.listening.kafka_settings import BadKafkaSettings, settings_for, without_secrets
from burgrave.cli.listening.kafka_sharing import NoSeat, Place, Share
from burgrave.intake.errors import SpoolFull
from burgrave.intake.terms import ListenedSource, state_file

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

log = logging.getLogger("burgrave.listener")

MOST_MESSAGES: Final = 1_000
WAIT_SECONDS: Final = 0.5
STATE_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
REFRESH_SECONDS: Final = 60.0
SHARE_SECONDS: Final = 2.0
"""How often a listener looks whether others came or went."""
HELD_KIB: Final = 8 * 1024
"""What the client holds ahead of us, and so what one turn takes at most."""
MOST_FETCH_BYTES: Final = 4 * 1024 * 1024

Keep = Callable[[ListenedSource, bytes, bytes, int], None]


class Topics:
    """The topics of one source, consumed by a thread of their own until ``stop``."""

    def __init__(self, source: ListenedSource, folder: Path, keep: Keep, *, settings: Path | None) -> None:
        self.source = source
        self.stop = threading.Event()
        self._keep = keep
        self._folder = folder
        self._settings = settings
        self._share = Share(folder)
        self._held: dict[Place, list[Message]] = {}
        self._trouble = ""
        self._lag = self._partitions = 0
        self._is_waiting = False
        self._last_message_at: datetime | None = None
        self._told_at = self._looked_at = 0.0

    def run(self) -> None:
        """Consume until ``stop``. What went wrong is said on the page of the source, and tried again."""
        while not self.stop.is_set():
            try:
                self._consume()
            except ImportError:
                self._say("confluent-kafka is not installed here: install burgrave[kafka]")
            except BadKafkaSettings as fault:
                self._say(str(fault))
            except NoSeat as fault:
                log.warning("topics of log source %s: %s", self.source.log_source_id, fault)
            except Exception as fault:  # the edge of the thread: what was not kept is fetched again
                log.exception("topics of log source %s could not be consumed", self.source.log_source_id)
                self._say(f"consuming ended with {type(fault).__name__}; it is tried again")
            self.stop.wait(AGAIN_SECONDS)

    def _consume(self) -> None:
        from confluent_kafka import KafkaException

        self._share.sit()
        consumer = self._client()
        try:
            partitions, listed_at = self._listed(consumer), time.monotonic()
            self._look(consumer, partitions)
            while not self.stop.is_set():
                self._turn(consumer)
                if time.monotonic() - listed_at > REFRESH_SECONDS:
                    partitions, listed_at = self._listed(consumer), time.monotonic()
                if time.monotonic() - self._looked_at > SHARE_SECONDS:
                    self._look(consumer, partitions)
        except KafkaException as fault:
            error = fault.args[0]
            self._say(f"{error.str()} ({error.name()})")
        finally:
            consumer.close()
            self._held.clear()
            self._share.leave()

    def _client(self) -> Consumer:
        """Raises BadKafkaSettings for what the client does not take."""
        from confluent_kafka import Consumer, KafkaException

        configuration = self._configuration()
        try:
            return Consumer(configuration, logger=log)
        except KafkaException as fault:
            said = without_secrets(fault.args[0].str(), configuration)
            raise BadKafkaSettings(f"the Kafka client refuses its settings: {said}") from None

    def _look(self, consumer: Consumer, partitions: list[Place]) -> None:
        """It consumes its part of the partitions: all of them where no other listener is."""
        from confluent_kafka import OFFSET_STORED

        self._looked_at = time.monotonic()
        if self._share.look(partitions):
            self._held.clear()
            self._assign(consumer, [_partition(each, OFFSET_STORED) for each in self._share.marks])

    def _listed(self, consumer: Consumer) -> list[Place]:
        """The partitions of the topics, which the listeners share. Raises KafkaException."""
        from confluent_kafka import KafkaException

        found: list[Place] = []
        for topic in self.source.topics:
            said = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
            if said.error is not None:
                raise KafkaException(said.error)
            found.extend(f"{topic}/{number}" for number in sorted(said.partitions))
        return found

    def _configuration(self) -> dict[str, object]:
        return {
            "group.id": f"burgrave-{self.source.log_source_id}",
            **settings_for(self._settings, self.source.brokers),
            "bootstrap.servers": self.source.brokers,
            "client.id": "burgrave",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": HELD_KIB,
            "fetch.max.bytes": MOST_FETCH_BYTES,
            "allow.auto.create.topics": False,
            "error_cb": self._on_error,
        }

    def _turn(self, consumer: Consumer) -> None:
        messages: list[Message] = []
        for message in consumer.consume(MOST_MESSAGES, timeout=WAIT_SECONDS):
            error = message.error()
            if error is None:
                messages.append(message)
            else:
                self._on_error(error)
        for place, found in _by_place(messages).items():
            self._take(consumer, place, found)
        self._tell(consumer)

    def _take(self, consumer: Consumer, place: Place, found: list[Message]) -> None:
        """The messages of a partition stand in the spool, those of a note of before by themselves."""
        mark = self._share.marks.get(place)
        if mark is None:
            return  # it was fetched before another listener took the partition over, and is fetched there
        due = mark.next_offset or 0
        fresh = [*self._held.pop(place, ()), *(message for message in found if _offset(message) >= due)]
        noted = mark.pending
        if noted is not None and fresh:
            again = [message for message in fresh if _offset(message) <= noted[1]]
            if len(again) == len(fresh) and _offset(fresh[-1]) < noted[1]:
                self._held[place] = fresh  # the others of the note come in a later turn
                return
            if again and not self._give(consumer, place, again, noted):
                return
            fresh = fresh[len(again) :]
        if fresh:
            self._give(consumer, place, fresh, (_offset(fresh[0]), _offset(fresh[-1])))

    def _give(self, consumer: Consumer, place: Place, messages: list[Message], noted: tuple[int, int]) -> bool:
        """Whether they are kept; otherwise it is to stop, and the note stands."""
        mark = self._share.marks[place]
        if mark.pending != noted:
            mark.pending = noted
            mark.save()
        for form, payload in _payloads(messages):
            key = sha256(json.dumps([place, *noted, form, mark.epoch]).encode()).digest()
            if not self._put(consumer, payload, key):
                return False
        mark.next_offset, mark.pending = noted[1] + 1, None
        mark.save()
        _kind, at_ms = messages[-1].timestamp()
        if at_ms > 0:
            self._last_message_at = datetime.fromtimestamp(at_ms / 1_000, tz=UTC)
        consumer.commit(offsets=[_partition(place, noted[1] + 1)], asynchronous=True)
        return True

    def _put(self, consumer: Consumer, payload: bytes, key: bytes) -> bool:
        """Whether the bytes are on disk. While there is no room nothing is fetched, and callbacks still run."""
        while not self.stop.is_set():
            try:
                self._keep(self.source, payload, key, 0)
            except (SpoolFull, OSError) as fault:
                if not self._is_waiting:
                    consumer.pause(consumer.assignment())
                    self._is_waiting, self._told_at = True, 0.0
                if isinstance(fault, OSError):
                    self._say(f"the spool cannot be written: {fault.strerror or fault}")
                self._tell(consumer)
                consumer.poll(0)
                self.stop.wait(WAIT_SECONDS)
                continue
            if self._is_waiting:
                consumer.resume(consumer.assignment())
                self._is_waiting, self._told_at = False, 0.0
            return True
        return False

    def _assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """A partition goes on at what was to be kept, else where the marks or the group say, whichever is later."""
        from confluent_kafka import OFFSET_BEGINNING

        if not partitions:
            consumer.unassign()
            return
        committed = {_place(each): each.offset for each in consumer.committed(partitions, timeout=ANSWER_SECONDS)}
        for each in partitions:
            place = _place(each)
            mark = self._share.marks[place]
            noted, marked = mark.pending, mark.next_offset
            _low, high = consumer.get_watermark_offsets(each, timeout=ANSWER_SECONDS)
            if marked is not None and marked > high:
                log.warning("%s of log source %s was made anew: it is consumed from its beginning",
                            place, self.source.log_source_id)  # fmt: skip
                mark.next_offset, mark.pending = None, None
                mark.epoch += 1
                mark.save()
                each.offset = OFFSET_BEGINNING
            elif noted is not None and committed[place] <= noted[1]:
                each.offset = noted[0]
            else:
                mark.pending = None
                if marked is not None and marked > committed[place]:
                    each.offset = marked
        consumer.assign(partitions)

    def _on_error(self, error: KafkaError) -> None:
        """What the client says of brokers, topics and permissions; it tries again by itself."""
        from confluent_kafka import KafkaError

        if error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - the name that the library gives its public code
            self._say(f"{error.str()} ({error.name()})")

    def _tell(self, consumer: Consumer) -> None:
        """Now and then how far behind the consumer is stands beside the segments."""
        if datetime.now(tz=UTC).timestamp() - self._told_at < STATE_SECONDS:
            return
        assigned = consumer.assignment()
        self._partitions, self._lag = len(assigned), sum(self._behind(consumer, each) for each in assigned)
        self._say("" if self._trouble and self._is_well(consumer) else self._trouble)

    def _behind(self, consumer: Consumer, each: TopicPartition) -> int:
        _low, high = consumer.get_watermark_offsets(each, cached=True)
        mark = self._share.marks.get(_place(each))
        return max(0, high - (mark.next_offset or 0)) if mark is not None and high > 0 else 0

    def _is_well(self, consumer: Consumer) -> bool:
        """Whether brokers answer, and know each of the topics."""
        from confluent_kafka import KafkaException

        try:
            return all(consumer.list_topics(each, timeout=1).topics[each].error is None for each in self.source.topics)
        except KafkaException:
            return False

    def _say(self, trouble: str) -> None:
        now = datetime.now(tz=UTC)
        self._told_at = now.timestamp()
        if trouble and trouble != self._trouble:
            log.warning("topics of log source %s: %s", self.source.log_source_id, trouble)
        self._trouble = trouble
        said = {
            "at": now.isoformat(),
            "trouble": trouble,
            "lag": self._lag,
            "partitions": self._partitions,
            "is_waiting": self._is_waiting,
            "last_message_at": self._last_message_at.isoformat() if self._last_message_at else "",
        }
        with contextlib.suppress(OSError):  # a full disk is told where it is met
            write(self._folder / state_file(max(0, self._share.seat)), said, is_durable=False)


def _offset(message: Message) -> int:
    return int(message.offset() or 0)


def _by_place(messages: Iterable[Message]) -> dict[Place, list[Message]]:
    found: dict[Place, list[Message]] = {}
    for message in messages:
        found.setdefault(f"{message.topic()}/{message.partition()}", []).append(message)
    return found


def _payloads(messages: Iterable[Message]) -> Iterator[tuple[str, bytes]]:
    """The messages as lines: JSON and text apart, as they are read apart. One without a value says nothing."""
    lines: dict[str, list[bytes]] = {"json": [], "text": []}
    for message in messages:
        value = message.value()
        plain = (value or b"").replace(b"\0", b" ").strip()
        if plain.startswith(b"{"):
            lines["json"].append(plain.replace(b"\r", b" ").replace(b"\n", b" "))
        elif plain:
            lines["text"].append(plain)
    for form, found in lines.items():
        if found:
            yield form, b"\n".join(found) + b"\n"


def _partition(place: Place, offset: int) -> TopicPartition:
    from confluent_kafka import TopicPartition

    topic, _slash, number = place.rpartition("/")
    return TopicPartition(topic, int(number), offset)


def _place(each: TopicPartition) -> Place:
    return f"{each.topic}/{each.partition}"
