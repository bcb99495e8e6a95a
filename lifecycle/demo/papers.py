"""Small but genuine PDF files, so that the demonstration has documents that open."""

LINE_HEIGHT, TOP, LEFT = 26, 770, 72
# A Chinese font that every reader of PDF brings along (ISO 32000-1, 9.7.5.2); the text is UTF-16 without its mark.
FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
    b"/DW 1000/W[1 95 500]/FontDescriptor 6 0 R>>]>>"
)
DESCRIPTOR = (
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
    b"/Descent -120/CapHeight 880/StemV 93>>"
)


def paper(title: str, lines: list[str]) -> bytes:
    """One A4 page with a title and lines of text."""
    text = [f"BT /F 18 Tf {LEFT} {TOP} Td {_hex(title)} Tj ET"]
    for number, line in enumerate(lines, 2):
        text.append(f"BT /F 11 Tf {LEFT} {TOP - number * LINE_HEIGHT} Td {_hex(line)} Tj ET")
    content = "\n".join(text).encode("ascii")
    return _file(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>",
            b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
            FONT,
            DESCRIPTOR,
        ]
    )


def _hex(text: str) -> str:
    return f"<{text.encode('utf-16-be').hex()}>"


def _file(objects: list[bytes]) -> bytes:
    body, places = b"%PDF-1.5\n%\xe5\xb4\x87\xe6\x98\x8e\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(places) + 1, table, len(places) + 1, len(body))
    )
