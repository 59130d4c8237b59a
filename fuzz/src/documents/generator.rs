//! Documents out of arbitrary bytes: most of them whole, in all the ways in which a whole one can be written; the others
//! with a few faults. Where the bytes end, what is made is plain.

use arbitrary::Unstructured;
use wharf_spec::MediaType;

use super::shape::{Holds, Member, Shape, Verdict};

/// A document, and what has to become of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// What it is given as.
    pub media_type: MediaType,
    /// Its bytes.
    pub text: Vec<u8>,
    /// What a strict reader does with it.
    pub verdict: Verdict,
}

/// Names that no document here has, and that differ from those of all by more than case.
const UNKNOWN: [&str; 9] = ["x", "", "org.example.é", "a b", "'", "]", "__proto__", "😀", "layersſ"];
/// Names in maps, where any will do.
const FREE: [&str; 8] =
    ["org.opencontainers.image.title", "8080/tcp", "a", "A", "", "mediaType", "MEDIATYPE", "\"\\\u{1}é"];
/// Values of the members that are not known.
const ANY: [&str; 12] = [
    "null",
    "true",
    "-0.5e-7",
    "18446744073709551616",
    "[]",
    "{}",
    r#"[{"Layers":[],"layers":null}]"#,
    r#"{"mediaType":1,"MediaType":2,"\u006dEDIATYPE":[{}]}"#,
    r#""\ud83d\ude00\/""#,
    "\"\u{7f}\u{2028}\"",
    "[1,[2,[3,[4]]]]",
    r#"{"a":{"b":{"a":0},"a":1}}"#,
];
/// Values that are faults wherever they are.
const BROKEN: [&str; 8] =
    [r#"{"a":1,"a":1}"#, r#"[[{"b":{},"\u0062":{}}]]"#, "01", "tru", "'a'", "[1,]", r#""\ud800""#, "NaN"];
/// What may not be in a text.
const BROKEN_TEXT: [&[u8]; 8] =
    [br"\ud800", br"\udc00\ud800", br"\x41", br"\u12", b"\x01", b"\n", b"\xff", b"\xed\xa0\x80"];
const SPACES: [&str; 5] = [" ", "\n", "\t", "\r\n", "  \n    "];
const NO_SPACES: [&str; 5] = ["\u{c}", "\u{a0}", "/**/", ",", "\u{feff}"];
const TRAILERS: [&str; 6] = ["}", "{}", "null", ",", "\0", "x"];
/// Deeper than any limit.
const DEEP: usize = 200;

/// A document of a kind.
pub(crate) fn generate(input: &[u8], shape: &'static Shape) -> Generated {
    let mut source = Unstructured::new(input);
    let style = source.arbitrary().unwrap_or(0_u8);
    let own = shape.media_types.get(usize::from(style & 1)).unwrap_or(&MediaType::OCTET_STREAM).clone();
    // Faults hide each other, so most of what is not whole has but one.
    let (faults, left) =
        [(0, 0), (60, 1), (20, 1), (40, 9)].get(usize::from(style >> 1 & 3)).copied().unwrap_or_default();
    let fancy = [0, 30, 6, 6].get(usize::from(style >> 3 & 3)).copied().unwrap_or_default();
    let generator = Generator { source, text: Vec::new(), verdict: Verdict::Accept, own, faults, left, fancy };
    generator.document(shape)
}

struct Generator<'a> {
    source: Unstructured<'a>,
    text: Vec<u8>,
    verdict: Verdict,
    own: MediaType,
    /// One place in so many has a fault; none for 0.
    faults: usize,
    /// How many faults there may still be.
    left: usize,
    /// One place in so many is written in an unusual way; none for 0.
    fancy: usize,
}

/// What is written into an object.
#[derive(Clone, Copy)]
enum Entry {
    Known(&'static Member),
    Again(&'static Member),
    LookAlike(&'static Member),
    Unknown(&'static str),
    Rival(&'static str, &'static str),
}

impl Generator<'_> {
    fn document(mut self, shape: &'static Shape) -> Generated {
        if self.faults(Verdict::Refuse) {
            self.put("\u{feff}");
        }
        self.gap();
        let rivals =
            shape.rivals.iter().filter(|rival| self.faults(rival.2)).map(|rival| Entry::Rival(rival.0, rival.1));
        let rivals = rivals.collect();
        self.object(shape.members, rivals);
        let whole = self.text.len();
        self.gap();
        if self.faults(Verdict::Refuse) {
            let trailer = self.one_of(&TRAILERS);
            self.put(trailer);
        }
        if self.faults(Verdict::Refuse) {
            let length = self.below(whole);
            self.text.truncate(length);
        }
        Generated { media_type: self.own, text: self.text, verdict: self.verdict }
    }

    fn object(&mut self, members: &'static [Member], mut entries: Vec<Entry>) {
        for member in members {
            let there =
                if member.without == Verdict::Accept { self.below(4) < 2 } else { !self.faults(member.without) };
            entries.extend(there.then_some(Entry::Known(member)));
            entries.extend((there && self.faults(Verdict::Refuse)).then_some(Entry::Again(member)));
            entries.extend(self.faults(member.wrong).then_some(Entry::LookAlike(member)));
        }
        if self.is_fancy() {
            entries.extend(UNKNOWN.iter().skip(self.below(UNKNOWN.len())).take(2).map(|name| Entry::Unknown(name)));
        }
        if self.is_fancy() {
            self.shuffle(&mut entries);
        }
        self.listed(b"{}", entries, Self::entry);
    }

    fn entry(&mut self, entry: Entry) {
        match entry {
            Entry::Known(member) | Entry::Again(member) => {
                self.name(member.name);
                self.member(member);
            }
            Entry::LookAlike(member) => {
                let name = self.look_alike(member.name);
                self.name(&name);
                self.member(member);
            }
            Entry::Unknown(name) => {
                self.name(name);
                self.any();
            }
            Entry::Rival(name, value) => {
                self.name(name);
                self.put(value);
            }
        }
    }

    fn member(&mut self, member: &Member) {
        if self.faults(member.wrong) {
            self.wrong(member.holds);
        } else if self.faults(member.without) || (member.without == Verdict::Accept && self.is_fancy()) {
            self.put("null");
        } else {
            self.value(member.holds);
        }
    }

    fn value(&mut self, holds: Holds) {
        match holds {
            Holds::Own if self.faults(Verdict::Refuse) => self.string("application/vnd.oci.empty.v1+json"),
            Holds::Own => self.string(&self.own.clone().to_string()),
            Holds::Number(right, wrong) => {
                let number = self.of(right, wrong);
                self.put(number);
            }
            Holds::Text(right, wrong) => {
                let text = self.of(right, wrong);
                self.string(text);
            }
            Holds::Flag => {
                let flag = self.one_of(&["true", "false"]);
                self.put(flag);
            }
            Holds::List(item) => {
                let count = self.below(4);
                self.listed(b"[]", vec![item; count], |this, item| this.value(*item));
            }
            Holds::Map(value) => self.map(value),
            Holds::Object(members) => self.object(members, Vec::new()),
        }
    }

    fn map(&mut self, value: &Holds) {
        let (first, count) = (self.below(FREE.len()), self.below(4));
        let mut names: Vec<_> = FREE.iter().skip(first).take(count).collect();
        if let Some(name) = names.first().copied().filter(|_| self.faults(Verdict::Refuse)) {
            names.push(name);
        }
        self.listed(b"{}", names, |this, name| {
            this.name(name);
            this.value(*value);
        });
    }

    /// A value of any type but the right one.
    fn wrong(&mut self, holds: Holds) {
        // What some readers take for the object with these values.
        if let Holds::Object(members) = holds
            && self.below(2) == 1
        {
            return self.listed(b"[]", members.iter().collect(), |this, member| this.value(member.holds));
        }
        let types = ["5", "true", "\"\\u0061\"", "[]", "[{}]", "{}", "[\"a/b\",1]"];
        let but = match holds {
            Holds::Own | Holds::Text(..) => 2..3,
            Holds::Number(..) => 0..1,
            Holds::Flag => 1..2,
            Holds::List(_) => 3..5,
            Holds::Map(_) | Holds::Object(_) => 5..6,
        };
        let left: Vec<_> =
            types.iter().enumerate().filter(|(at, _)| !but.contains(at)).map(|(_, text)| *text).collect();
        let value = self.one_of(&left);
        self.put(value);
    }

    fn any(&mut self) {
        if !self.faults(Verdict::Refuse) {
            let value = self.one_of(&ANY);
            return self.put(value);
        }
        match self.below(BROKEN.len() + 1) {
            at if at < BROKEN.len() => self.put(BROKEN.get(at).copied().unwrap_or_default()),
            _ => self.put(&format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP))),
        }
    }

    fn listed<T>(&mut self, brackets: &[u8; 2], items: Vec<T>, mut write: impl FnMut(&mut Self, T)) {
        let [open, close] = *brackets;
        self.text.push(open);
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            self.gap();
            write(self, item);
            self.gap();
        }
        self.text.push(close);
    }

    fn name(&mut self, name: &str) {
        self.string(name);
        self.gap();
        self.text.push(b':');
        self.gap();
    }

    fn string(&mut self, text: &str) {
        // No text, every letter of it, or every other is escaped.
        let escaped = if self.is_fancy() { 1 + self.below(2) } else { 0 };
        self.text.push(b'"');
        for (at, letter) in text.chars().enumerate() {
            match letter {
                letter if escaped > 0 && at % escaped == 0 => self.escape(letter),
                '"' | '\\' => self.text.extend([b'\\', letter as u8]),
                letter if u32::from(letter) < 0x20 => self.escape(letter),
                letter => self.text.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        if self.faults_seldom() {
            let at = self.below(BROKEN_TEXT.len());
            self.text.extend(BROKEN_TEXT.get(at).copied().unwrap_or_default());
        }
        self.text.push(b'"');
    }

    fn escape(&mut self, letter: char) {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            self.put(&if *unit % 2 == 0 { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") });
        }
    }

    /// The same name but for the case of its letters.
    fn look_alike(&mut self, name: &str) -> String {
        let long_s = name.replacen('s', "ſ", 1).replacen('k', "\u{212a}", 1);
        let mut letters = name.chars();
        let first = letters.next().map(|first| match first.is_ascii_lowercase() {
            true => first.to_ascii_uppercase(),
            false => first.to_ascii_lowercase(),
        });
        let swapped = first.into_iter().chain(letters).collect();
        let names = [swapped, name.to_ascii_uppercase(), long_s];
        let found: Vec<_> = names.iter().filter(|other| *other != name).map(String::as_str).collect();
        self.one_of(&found).to_owned()
    }

    fn gap(&mut self) {
        if self.is_fancy() {
            let space = self.one_of(&SPACES);
            self.put(space);
        }
        if self.faults_seldom() {
            let other = self.one_of(&NO_SPACES);
            self.put(other);
        }
    }

    fn put(&mut self, text: &str) {
        self.text.extend(text.bytes());
    }

    fn of(&mut self, right: &[&'static str], wrong: &[&'static str]) -> &'static str {
        if !wrong.is_empty() && self.faults(Verdict::Refuse) { self.one_of(wrong) } else { self.one_of(right) }
    }

    fn one_of<'b>(&mut self, of: &[&'b str]) -> &'b str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    /// A number below `bound`; 0 when the bytes are used up.
    fn below(&mut self, bound: usize) -> usize {
        self.source.int_in_range(0..=bound.saturating_sub(1)).unwrap_or_default()
    }

    fn is_fancy(&mut self) -> bool {
        self.fancy > 0 && self.below(self.fancy) == self.fancy - 1
    }

    /// Whether there is a fault here, for which the document has the verdict. What may be so is a fault for nobody.
    fn faults(&mut self, verdict: Verdict) -> bool {
        let fault = verdict != Verdict::Accept && self.left > 0 && self.below(self.faults) == self.faults - 1;
        if fault {
            self.left -= 1;
            self.verdict = self.verdict.max(verdict);
        }
        fault
    }

    /// The same for places that are many.
    fn faults_seldom(&mut self) -> bool {
        self.left > 0 && self.below(8) == 7 && self.faults(Verdict::Refuse)
    }

    fn shuffle(&mut self, entries: &mut [Entry]) {
        for last in (1..entries.len()).rev() {
            let other = self.below(last + 1);
            entries.swap(last, other);
        }
    }
}
