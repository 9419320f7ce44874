"""The order in which lines of a picture are put together."""

from pipeline.read.boxes import LineBox
from pipeline.read.order import text_of
from pipeline.read.spotter import Line


def line(text: str, x: float, y: float, height: float = 20) -> Line:
    """Its top left corner; letters are half as wide as high."""
    xyxy = (x, y, x + len(text) * height / 2, y + height)
    return Line(xyxy, text, 0.99, LineBox.upright(xyxy))


LEFT = (
    "The ferry leaves the harbour",
    "every morning at six o'clock",
    "and is back in the evening.",
)
RIGHT = ("Tickets are sold on board or", "at the office on the quay by", "the old lighthouse only.")


def column(texts: tuple[str, ...], x: float, y: float = 100) -> list[Line]:
    return [line(text, x, y + 30 * number) for number, text in enumerate(texts)]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    assert text_of(column(RIGHT, 400) + column(LEFT, 50)) == "\n".join(LEFT + RIGHT)


def test_a_heading_over_both_columns_comes_first_and_a_footer_last() -> None:
    heading = line("THE FERRY TO THE ISLAND, ITS TIMES AND ITS FARES", 60, 50)
    footer = line("All times are local times and may change any day", 60, 220)
    lines = [footer, *column(RIGHT, 400), *column(LEFT, 50), heading]
    assert text_of(lines) == "\n".join((heading.text, *LEFT, *RIGHT, footer.text))


def test_rows_of_a_table_stay_rows() -> None:
    items = column(("Double Espresso", "Cappuccino", "Flat White", "Tea"), 50)
    prices = column(("$5", "$4", "$6", "$3"), 400)
    assert text_of(prices + items) == "Double Espresso $5\nCappuccino $4\nFlat White $6\nTea $3"


def test_the_cells_of_a_scoreboard_are_one_row() -> None:
    cells = [line("AWAY", 300, 52), line("0", 220, 50), line(":", 200, 49), line("HOME", 50, 50)]
    assert text_of([*cells, line("0", 180, 50)]) == "HOME 0 : 0 AWAY"


def test_a_slanting_line_stays_by_itself() -> None:
    box = LineBox((200, 150), (300, 20), 30)
    slanting = Line(box.xyxy, "SALE NOW ON", 0.99, box)
    lines = [line("Above", 50, 70), slanting, line("Below", 250, 210)]
    assert text_of(lines) == "Above\nSALE NOW ON\nBelow"


def test_no_lines_have_no_text() -> None:
    assert text_of([]) == ""
