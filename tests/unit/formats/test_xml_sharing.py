"""A catalogue that several processes read: the same records as of one, whatever is in it; and what ends a process."""

from __future__ import annotations

import io
import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.bmecat_desk import LANGUAGES, catalogue, product
from support.format_desk import SHARED, standard_entities

from core.errors import DataError, EngineError, PendelError, StopRequested
from core.exchange.formats.bmecat.reading import catalogue_document
from core.exchange.formats.contract import Reading, Sharing
from core.exchange.formats.etim.ixf import DOCUMENT as IXF
from core.exchange.formats.xml_helper import serve
from core.exchange.formats.xml_sharing import helper, read_document, understood
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.exchange.formats.contract import Row
    from core.exchange.formats.xml_sharing import Answer, Document, Order, Start

ALONE = Sharing(processes=1)
DOCUMENT = catalogue_document("bmecat")
SAMPLES = {
    path: document
    for pattern, document in (
        ("bmecat-[0-9]*", DOCUMENT),
        ("bmecat-etim", catalogue_document("etim-bmecat")),
        ("etim", IXF),
    )
    for path in sorted(SHARED.glob(f"{pattern}/samples/**/*"))
    if path.suffix.casefold() == ".xml"
}


def reading_of(path: Path, sharing: Sharing, stop: StopToken | None = None) -> Reading:
    work = path.with_name("work")
    shutil.rmtree(work, ignore_errors=True)
    return Reading(
        path, "a.xml", work, standard_entities(), LANGUAGES, False, stop or StopToken(), "2026-03-02", sharing=sharing
    )


def outcome(
    path: Path,
    sharing: Sharing,
    start: Start | None = None,
    document: Document = DOCUMENT,
    known: Callable[[str, Row], Row | None] = lambda *_: None,
) -> Any:
    """Return all that was read: the raw files to the byte, what is said of them, and the facts; or the error."""
    reading = replace(reading_of(path, sharing), known=known)
    try:
        content = read_document(reading, document, start)
    except PendelError as error:
        return type(error), str(error)
    files = {each.name: each.read_bytes() for each in sorted(reading.work_dir.iterdir())}
    parts = [
        (part.entity.name, part.scope, part.only_known, part.raw.fields, part.raw.rows().records, part.raw.rows())
        for part in content.parts
    ]
    return files, parts, content.facts, content.warnings, list(reading.unheld.items())


class Counting:
    """Begins helpers in this process, and counts what they give."""

    def __init__(self) -> None:
        self.given = 0

    @contextmanager
    def start(self, order: Order, reading: Reading) -> Iterator[Callable[[], Answer]]:
        pipe = io.BytesIO()
        serve(order, pipe)
        pipe.seek(0)

        def answer() -> Answer:
            found = understood(pipe, reading)
            self.given += 1
            return found

        yield answer


class Children:
    """The processes that a test has started; others may have left theirs behind before it."""

    def __init__(self) -> None:
        self._before = set(children_of(os.getpid()))

    def now(self) -> list[int]:
        return [child for child in children_of(os.getpid()) if child not in self._before]


@pytest.fixture
def children() -> Children:
    return Children()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.xml"


@pytest.fixture(scope="module")
def one_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "a.xml"


def large(articles: int, *, text: str = "") -> str:
    """Return a catalogue with groups, members, rejects and much else."""
    products = [
        product(
            f"P{number}",
            mode="delete" if number % 50 == 3 else "",
            details=f"<KEYWORD lang='fra'>mot {text}</KEYWORD><!-- </PRODUCT> --><EAN>{number}</EAN>\n"
            f'<REMARKS><![CDATA["</PRODUCT><PRODUCT>"\n]]></REMARKS><ODD x="1">{number}</ODD>',
            rest="<PRODUCT_REFERENCE type='accessories'/>" if number % 7 == 1 else "",
            price="x" if number % 11 == 5 else f"{number}.5",
        )
        if number % 13
        else "<PRODUCT><PRODUCT_DETAILS/></PRODUCT>"
        for number in range(articles)
    ]
    members = "".join(
        f"<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>P{number}</PROD_ID><CATALOG_GROUP_ID>1</CATALOG_GROUP_ID>"
        "</PRODUCT_TO_CATALOGGROUP_MAP>\n"
        for number in range(articles)
    )
    groups = (
        "<CATALOG_GROUP_SYSTEM><GROUP_SYSTEM_ID>1</GROUP_SYSTEM_ID>"
        '<CATALOG_STRUCTURE type="root"><GROUP_ID>1</GROUP_ID><GROUP_NAME lang="fra">G</GROUP_NAME></CATALOG_STRUCTURE>'
        "</CATALOG_GROUP_SYSTEM>\n"
    )
    return catalogue(groups + "\n".join(products) + "\n" + members)


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_read_what_one_reads(path: Path, processes: int) -> None:
    path.write_text(large(400), encoding="utf-8")
    alone = outcome(path, ALONE)
    # Lines of text are numbered as they are in the whole file, and so are items and records.
    assert outcome(path, Sharing(processes, least=0, piece=20_000)) == alone
    assert max(map(len, alone[0].values())) > 50_000


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_read_alike(sample: Path, path: Path) -> None:
    shutil.copy(sample, path)
    alone = outcome(path, ALONE, document=SAMPLES[sample])
    for piece in (1, 5_000):
        sharing = Sharing(2, least=0, piece=piece)
        assert outcome(path, sharing, Counting().start, SAMPLES[sample]) == alone


def test_a_release_of_the_classification_is_read_alike(path: Path) -> None:
    def texts(number: int) -> str:
        language = "fr-FR" if number % 3 else "pl-PL"
        return (
            f'<Translations><Translation language="{language}"><Description>x</Description></Translation><Translation '
            f'language="nl-NL"><Description>n {number}</Description><Synonyms><Synonym>s</Synonym></Synonyms>'
            "</Translation></Translations>\n"
        )

    features = "".join(
        f"<Feature><Code>EF{number:06}</Code><Type>Logical</Type>{texts(number)}</Feature>" for number in range(50)
    )
    classes = "\n".join(
        f"<Class><Code>EC{number:06}</Code>{texts(number)}<Features><Feature><FeatureCode>EF{number % 60:06}"
        "</FeatureCode></Feature><Feature/></Features></Class>"
        for number in range(100)
    )
    root = f"<Features>{features}</Features><Classes>{classes}</Classes>"
    path.write_text(f"<IXF><Header><ExportDate>2026-02-28</ExportDate></Header>{root}</IXF>", encoding="utf-8")
    counting = Counting()
    alone = outcome(path, ALONE, document=IXF)
    assert outcome(path, Sharing(2, least=0, piece=1000), counting.start, IXF) == alone
    assert counting.given > 20
    assert outcome(path, Sharing(3, least=0, piece=5000), document=IXF) == alone


def test_the_samples_are_there() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the samples are not there: {SHARED}")
    assert len(SAMPLES) > 5


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"version": "1.0", "languages": "en"}, large(60)),
        ({"version": "1.0", "languages": "nl"}, large(60)),
        ({"version": "1.0"}, large(60).replace("T_NEW_CATALOG", "T_UPDATE_PRODUCTS")),
        ({"version": "1.0", "prev_version": "3"}, large(60).replace("T_NEW_CATALOG", "T_UPDATE_PRICES")),
        ({"version": "0.9"}, large(60).replace("T_NEW_CATALOG", "T_NEW_PRODUCTDATA")),
    ],
    ids=["another language", "imported already", "changes", "prices", "without prices"],
)
def test_what_the_assortment_has_is_asked_once_and_told_to_helpers(path: Path, known: Row, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    asked: list[tuple[str, Row]] = []

    def answer(entity: str, key: Row) -> Row:
        asked.append((entity, key))
        return known

    alone = outcome(path, ALONE, known=answer)
    assert outcome(path, Sharing(2, least=0, piece=2000), known=answer) == alone
    assert asked[0] == ("supplier_catalogue", {"supplier": "S", "catalogue": "C"})


def test_small_documents_and_single_processors_have_no_helpers(path: Path) -> None:
    path.write_text(large(40), encoding="utf-8")
    counting = Counting()
    size = path.stat().st_size
    outcome(path, Sharing(2, least=size + 1, piece=1000), counting.start)
    outcome(path, Sharing(1, least=0, piece=1000), counting.start)
    assert counting.given == 0
    outcome(path, Sharing(2, least=size, piece=1000), counting.start)
    assert counting.given > 5


PLAIN = product("A1") + "\n"
BODIES = (
    PLAIN,
    PLAIN,
    product("A2", mode="delete"),
    product("A3", details="<KEYWORD>\r\none\r\n</KEYWORD><KEYWORD lang='fra'>un</KEYWORD>"),
    product("A4", details="<REMARKS><![CDATA[</PRODUCT>\n<PRODUCT>]]></REMARKS>"),
    product("A5", details="<!-- </PRODUCT>\n<PRODUCT><![CDATA[ -->"),
    product("A6", details="<?pi </PRODUCT><PRODUCT> ?>"),
    product("A7", details='<REMARKS type="a>b"> &lt;! "quoted" &amp; &#13; é</REMARKS>'),
    "<PRODUCT>\n<PRODUCT_DETAILS/></PRODUCT>\n",
    "<PRODUCT mode='new'\n>" + PLAIN.partition(">")[2],
    "<!-- between -->\n",
    "<?between <PRODUCT> ?>",
    " \n ",
)
ODD = (
    "<PRODUCT/>",
    product("B1").replace("</PRODUCT>", "</PRODUCT >"),
    product("B2", rest=PLAIN),
    product("B3", rest=f"{PLAIN}{PLAIN}"),
    f"<PRODUCT><SUPPLIER_PID>B5</SUPPLIER_PID>{PLAIN * 4}</PRODUCT>{PLAIN}",
    "<ARTICLE><SUPPLIER_AID>B4</SUPPLIER_AID></ARTICLE>\n",
    "<UNIT/>",
    "<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>A1</PROD_ID></PRODUCT_TO_CATALOGGROUP_MAP>\n",
    f"<BOX>{PLAIN}{PLAIN}</BOX>",
    f"</T_NEW_CATALOG><T_NEW_CATALOG>{PLAIN}",
    f"</T_NEW_CATALOG><OTHER>{PLAIN}{PLAIN}</OTHER><T_NEW_CATALOG>",
    "<HEADER><CATALOG><CURRENCY>USD</CURRENCY></CATALOG></HEADER>",
    "<T_UPDATE_PRICES/>",
    "</PRODUCT>",
    "<PRODUCT>",
    "<!-- ",
    "<![CDATA[ ",
    "<!NO",
    "&unknown;",
    "<",
    "]]>",
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bodies=st.lists(st.sampled_from(BODIES), max_size=12),
    odd=st.lists(st.tuples(st.integers(0, 12), st.sampled_from(ODD)), max_size=1),
    piece=st.sampled_from([1, 300, 1000, 3000]),
    processes=st.integers(2, 3),
    encoding=st.sampled_from(["utf-8", "utf-8", "iso-8859-1", "utf-16"]),
    prefix=st.sampled_from(["", "", "b:"]),
    doctype=st.sampled_from(["", "", "", "<!DOCTYPE BMECAT [<!ENTITY unknown 'known'>]>"]),
)
def test_whatever_is_in_a_catalogue_it_is_read_as_by_one_process(
    one_path: Path,
    bodies: list[str],
    odd: list[tuple[int, str]],
    piece: int,
    processes: int,
    encoding: str,
    prefix: str,
    doctype: str,
) -> None:
    for place, each in odd:
        bodies.insert(place, each)
    text = catalogue("\n".join(bodies)).replace("UTF-8", encoding).replace("<BMECAT", f"{doctype}\n<BMECAT", 1)
    if prefix:
        text = text.replace("<PRODUCT", f"<{prefix}PRODUCT").replace("</PRODUCT", f"</{prefix}PRODUCT")
        text = text.replace("<BMECAT", '<BMECAT xmlns:b="urn:b"')
    one_path.write_bytes(text.encode(encoding))
    sharing = Sharing(processes, least=0, piece=piece)
    assert outcome(one_path, sharing, Counting().start) == outcome(one_path, ALONE)


def test_records_in_a_broken_end_are_not_half_there(path: Path) -> None:
    path.write_text(large(60).replace("</T_NEW_CATALOG>", "</T_NEW>"), encoding="utf-8")
    told = outcome(path, Sharing(2, least=0, piece=2000))
    assert told == outcome(path, ALONE)
    assert "not well-formed XML" in told[1]


@pytest.mark.parametrize(
    ("broken", "walks"),
    [
        # The process and two helpers.
        (large(60).replace("</T_NEW_CATALOG>", "</T_NEW>"), 3),
        (large(60).replace("</T_NEW_CATALOG>", "</T_NEW_CATALOG><T_UPDATE_PRICES/>"), 3),
        # Of what lies between the first item and the last, only a whole reading tells the line.
        (large(60).replace("<SUPPLIER_PID>P30", "<SUPPLIER_PID><P30"), 4),
    ],
    ids=["the end", "a second transaction", "an article"],
)
def test_a_fault_that_is_known_for_certain_is_not_looked_for_again(path: Path, broken: str, walks: int) -> None:
    path.write_text(broken, encoding="utf-8")
    begun = 0

    def walk(reading: Reading) -> Any:
        nonlocal begun
        begun += 1
        return DOCUMENT.walk(reading)

    told = outcome(path, Sharing(2, least=0, piece=2000), Counting().start, replace(DOCUMENT, walk=walk))
    assert begun == walks
    assert told == outcome(path, ALONE)
    assert told[0] is DataError


def test_a_helper_that_is_killed_ends_the_reading(path: Path, children: Children) -> None:
    path.write_text(large(2000), encoding="utf-8")

    @contextmanager
    def killed(order: Order, reading: Reading) -> Iterator[Callable[[], Answer]]:
        with helper(order, reading) as answer:
            if order.share == 1:
                answer()
                for child in children.now():
                    os.kill(child, signal.SIGKILL)
            yield answer

    with pytest.raises(EngineError, match=r"part of a\.xml was ended by a signal \(SIGKILL\); nothing was imported"):
        read_document(reading_of(path, Sharing(2, least=0, piece=1000)), DOCUMENT, killed)
    assert not children.now()


@pytest.mark.parametrize("megabytes", [40, 100])
def test_a_helper_that_lacks_memory_ends_the_reading(path: Path, megabytes: int, children: Children) -> None:
    path.write_text(large(4, text="x" * 9_000_000), encoding="utf-8")
    sharing = Sharing(2, least=0, piece=1 << 20, memory=megabytes * 1_000_000)
    with pytest.raises(EngineError, match=rf"takes more than {megabytes}\.0 MB of memory to be read; nothing"):
        read_document(reading_of(path, sharing), DOCUMENT)
    assert not children.now()


def test_a_stop_ends_the_helpers(path: Path, children: Children) -> None:
    path.write_text(large(2000), encoding="utf-8")
    stop = StopToken()
    reading = reading_of(path, Sharing(2, least=0, piece=1000), stop)
    reading = replace(reading, advance=lambda read: stop.request() if read > 100_000 else None)
    with pytest.raises(StopRequested):
        read_document(reading, DOCUMENT)
    assert not children.now()


def test_helpers_end_with_who_has_started_them(path: Path) -> None:
    path.write_text(large(20_000), encoding="utf-8")
    script = path.with_name("reads.py")
    script.write_text(READS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(script), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        # It has taken the first records, and now waits.
        assert process.stdout.readline() == b"reading\n"
        helpers = [os.pidfd_open(child) for child in children_of(process.pid)]
        process.kill()
    assert len(helpers) == 2
    for each in helpers:
        ended, _, _ = select.select([each], [], [], 30)
        assert ended
        os.close(each)


READS = """
import sys, threading
from dataclasses import replace
from pathlib import Path
from test_xml_sharing import DOCUMENT, Sharing, reading_of, read_document

def waits(read):
    if read > 100_000:
        print("reading", flush=True)
        threading.Event().wait()

reading = reading_of(Path(sys.argv[1]), Sharing(2, least=0, piece=10_000))
read_document(replace(reading, advance=waits), DOCUMENT)
"""


def children_of(process: int) -> list[int]:
    """Return the processes that another has started and not yet heard the end of."""
    return [child.pid for child in psutil.Process(process).children()]
