"""What the package does not carry of its libraries, and what it takes from Debian instead: tables with a reason each.

tests/package runs the daemon, each probe, the papers and the commands without it.
"""

from __future__ import annotations

LEFT_OUT: dict[str, str] = {
    "bin": "commands of libraries; a room has one command",
    "**/tests": "tests",
    "**/test": "tests",
    "numpy/conftest.py": "for tests",
    "numpy/testing": "for tests",
    "numpy/ma/testutils.py": "for tests",
    "numpy/_core/_*_tests.*": "tests",
    "numpy/_core/_simd.*": "tests",
    "**/*.pyi": "types for checkers",
    "**/*.pyx": "sources of what is compiled",
    "**/*.pxd": "sources of what is compiled",
    "**/*.pxi": "sources of what is compiled",
    "**/*.[ch]": "sources of what is compiled",
    "**/*.hpp": "sources of what is compiled",
    "holidays/locale/*/LC_MESSAGES/*.po": "sources of what is compiled",
    "**/*.a": "for linking",
    "numpy/_core/lib": "for linking",
    "numpy/random/lib": "for linking",
    "lxml/includes": "headers",
    "numpy/_core/include": "headers",
    "numpy/distutils": "for building",
    "numpy/_pyinstaller": "for building",
    "**/.gitignore": "of the library's own source tree",
    "docx/templates/default-docx-template": "of the library's own source tree",
    # Pictures and sound
    "numpy/f2py": "a Fortran wrapper generator",
    "numpy/polynomial": "polynomials, which no judge uses",
    "numpy/random": "dice, which no judge throws",
    # Documents
    "PIL/*ImagePlugin.py": "kinds of pictures that no document holds",
    "PIL/_avif.*": "kinds of pictures that no document holds",
    "PIL/_imagingcms.*": "colour profiles of printers; no document names one",
    "PIL/_imagingft.*": "text within pictures; documents set theirs by Pango",
    "PIL/_imagingtk.*": "pictures in a window",
    "PIL/_webp.*": "kinds of pictures that no document holds",
    "pyphen/dictionaries/*hyph_*": "hyphenation, which no document asks for",
    "lxml/html/_difflib*": "comparing web pages",
    "lxml/html/_diffcommand*": "comparing web pages",
    "lxml/html/diff*": "comparing web pages",
    "lxml/isoschematron": "rules for XML, which no document is held against",
    "lxml/objectify.*": "another way to read XML; documents use etree",
    "lxml/sax.*": "another way to read XML; documents use etree",
    "fontTools/afmLib.py": "a font designer's tool",
    "fontTools/cu2qu": "a font designer's tool",
    "fontTools/diff": "a font designer's tool",
    "fontTools/feaLib/[!_]*": "a font designer's tool",
    "fontTools/feaLib/__main__.py": "a font designer's tool",
    "fontTools/fontBuilder.py": "a font designer's tool",
    "fontTools/merge": "a font designer's tool",
    "fontTools/mtiLib": "a font designer's tool",
    "fontTools/pens/*cu2qu*": "a font designer's tool",
    "fontTools/pens/qu2cu*": "a font designer's tool",
    "fontTools/pens/freetypePen.py": "a font designer's tool",
    "fontTools/pens/momentsPen.*": "a font designer's tool",
    "fontTools/pens/statisticsPen.py": "a font designer's tool",
    "fontTools/misc/symfont.py": "a font designer's tool",
    "fontTools/misc/testTools.py": "for tests",
    "fontTools/qu2cu": "a font designer's tool",
    "fontTools/svgLib": "a font designer's tool",
    "fontTools/t1Lib": "a font designer's tool",
    "fontTools/tfmLib.py": "a font designer's tool",
    "fontTools/ttx.py": "a font designer's tool",
    "fontTools/ufoLib": "a font designer's tool",
    "fontTools/varLib/avar/plan.py": "a font designer's tool",
    "fontTools/varLib/interpolat*": "a font designer's tool",
    "fontTools/varLib/mutator.py": "a font designer's tool",
    "fontTools/varLib/plot.py": "a font designer's tool",
    "fontTools/voltLib": "a font designer's tool",
    "zopfli*": "writes web fonts; documents use those of the machine",
    "*brotli*": "reads web fonts; documents use those of the machine",
    # Network
    "scapy/arch/bpf": "macOS and BSD",
    "scapy/arch/windows": "Windows",
    "scapy/all.py": "everything at once, for a person at its prompt",
    "scapy/contrib/[!_]*": "protocols that no probe speaks",
    "scapy/layers/[!_]*": "protocols that no probe speaks",
    "scapy/fwdmachine.py": "protocols that no probe speaks",
    "scapy/libs/rfc3961.py": "protocols that no probe speaks",
    "scapy/modules/[!_]*": "a developer's tools",
    "scapy/tools": "a developer's tools",
    "dukpy/jsmodules": "compilers of other languages into JavaScript; a PAC script is JavaScript",
    # Messages and calendars
    "apprise/assets/themes": "icons of desktop messages",
    "apprise/i18n/*": "other languages of its own command",
    "holidays/financial": "holidays of stock exchanges",
}
"""What a room never runs, as paths in the folder of the libraries, and why."""

KEPT = frozenset(
    {
        *(f"PIL/{one}ImagePlugin.py" for one in ("Bmp", "Eps", "Gif", "Jpeg", "Mpo", "Png", "Ppm", "Tiff")),
        *(f"scapy/contrib/{one}.py" for one in ("cdp", "lldp")),
        *(f"scapy/layers/{one}.py" for one in ("dhcp", "inet", "inet6", "l2")),
        *(f"fontTools/feaLib/{one}.py" for one in ("ast", "error", "location", "lookupDebugInfo")),
    }
)
"""What a probe or a document uses of what is left out otherwise."""

FROM_DEBIAN: dict[str, str] = {
    "opencv_python_headless.libs/libopenblasp-*.so": "liblapack.so.3",
    "numpy.libs/libgfortran-*.so*": "libgfortran.so.5",
    "pillow.libs/liblzma-*.so*": "liblzma.so.5",
    "pillow.libs/libxcb-*.so*": "libxcb.so.1",
    "pillow.libs/libzstd-*.so*": "libzstd.so.1",
}
"""Copies of what Debian has with the same interface, by the name that the loader finds there. The package depends on
liblapack3, libgfortran5 and libxcb1; dpkg itself needs the others. OpenCV's OpenBLAS was an eighth of the package and
only loaded: judging pictures asks OpenCV for no linear algebra. numpy's has other names, and stays."""
