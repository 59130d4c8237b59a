//! The one reader of JSON: a single pass that believes nothing early.
//!
//! It refuses what two readers could read in two ways: a member that occurs twice in an object, at whatever depth and
//! however it is spelled; one that differs from a known member in case alone, which Go's reader takes for that member; an
//! array in the place of an object, which serde takes for one; a number in the place of an integer that it happens to
//! equal. Nothing is allocated from a number that the document names, and a value that nobody asked for is only looked at.
//!
//! How it works, from the top:
//!
//! * [`Reader::document`] takes the bytes, once they are UTF-8 and not too many, and has one function read the one object.
//! * An object's known members are a table of names and readers (`members!`). A name is looked up in the table when it is
//!   met, its value is read at once into a [`Member`], and a second one is refused there and then.
//! * A name that is not in the table is folded as Go folds it and compared with the table, then kept until its object ends,
//!   where the kept ones are sorted to find two that are equal. They lie in one list that all open objects share.
//! * Its value is looked through by a loop with a list of what is open, and not by recursion: so nesting is bounded by
//!   [`Limits::nesting`] alone and by no stack.
//! * Texts are borrowed slices of the document until somebody keeps one; escapes are checked when a text is passed, and
//!   taken out only if what it says is wanted.
//!
//! The first fault ends the reading: it is put down in the reader, and every function above returns [`Stop`].

use crate::{DecodeErrorKind, Limits};

mod look_alike;
mod member;
mod name;
mod note;
mod number;
mod skip;
mod text;
mod value;

pub(crate) use member::{Member, members};
use name::Name;
pub(crate) use note::{Notes, Unknown};
pub(crate) use text::Text;

/// What is wrong, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: DecodeErrorKind,
    /// The byte at which the part begins that is wrong.
    pub(crate) at: usize,
}

/// Reading ends here: the reader knows the fault. A result of this size is passed on in registers, which is a fifth of the
/// time that a document takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop;

pub(crate) type Result<T> = std::result::Result<T, Stop>;

/// A place in the text of a document.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    limits: &'a Limits,
    /// How long a text may be, in bytes.
    longest: usize,
    /// Where the name of the member begins that is being read.
    name_at: usize,
    /// The unknown names in the objects that are open.
    names: Vec<Name>,
    /// How many bytes of embedded content there are so far.
    embedded: usize,
    /// How many descriptors there are so far.
    descriptors: usize,
    notes: Option<Notes>,
    fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    /// Reads the object that a document is. Texts may be `longest` bytes long. What was read is boxed: it is large and
    /// handed on several times, which took longer than the allocation does.
    pub(crate) fn document<T>(
        bytes: &'a [u8],
        limits: &'a Limits,
        longest: usize,
        notes: Option<Notes>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> std::result::Result<(Box<T>, Option<Notes>), Fault> {
        if bytes.len() > limits.document_bytes {
            return Err(Fault { kind: DecodeErrorKind::TooLarge, at: limits.document_bytes });
        }
        let not_text = |error: std::str::Utf8Error| Fault { kind: DecodeErrorKind::NotJson, at: error.valid_up_to() };
        let text = std::str::from_utf8(bytes).map_err(not_text)?;
        let mut reader = Self {
            text,
            at: 0,
            depth: 0,
            limits,
            longest,
            name_at: 0,
            names: Vec::new(),
            embedded: 0,
            descriptors: 0,
            notes,
            fault: None,
        };
        match reader.whole(|reader| read(reader).map(Box::new)) {
            Ok(document) => Ok((document, reader.notes)),
            Err(Stop) => Err(reader.fault.unwrap_or(Fault { kind: DecodeErrorKind::NotJson, at: reader.at })),
        }
    }

    fn whole<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.peek() != Some(b'{') {
            return Err(self.fault(DecodeErrorKind::NotJson));
        }
        let document = read(self)?;
        match self.peek() {
            None => Ok(document),
            Some(_) => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }

    /// Reads an object whose known members `member` reads; it says of a name whether it is known. The others are looked
    /// through, and told from the known ones. Returns where the object begins.
    pub(crate) fn object(
        &mut self,
        known: &[&str],
        mut member: impl FnMut(&mut Self, &str) -> Result<bool>,
    ) -> Result<usize> {
        let others = self.names.len();
        let at = self.each_member(|reader, name| match member(reader, &name.value())? {
            true => Ok(()),
            false => reader.unknown(known, name),
        })?;
        if self.names.len() > others {
            self.distinct(others)?;
        }
        Ok(at)
    }

    /// Hands the name of each member of an object to `member`, which reads the value. Returns where the object begins.
    pub(crate) fn each_member(&mut self, mut member: impl FnMut(&mut Self, Text<'a>) -> Result<()>) -> Result<usize> {
        let at = self.enter(b'{')?;
        if !self.takes(b'}') {
            loop {
                let name = self.name()?;
                member(self, name)?;
                if !self.continues(b'}')? {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(at)
    }

    /// Hands each position in an array to `item`, which reads the value.
    pub(crate) fn array(&mut self, mut item: impl FnMut(&mut Self, usize) -> Result<()>) -> Result<()> {
        self.enter(b'[')?;
        if !self.takes(b']') {
            for position in 0.. {
                item(self, position)?;
                if !self.continues(b']')? {
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Whether the value is null, which is then read.
    #[inline]
    pub(crate) fn null(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b'n') => self.read_null().map(|()| true),
            _ => Ok(false),
        }
    }

    fn read_null(&mut self) -> Result<()> {
        let at = self.at;
        self.literal("null")?;
        if let Some(notes) = &mut self.notes {
            notes.nulls.push(at);
        }
        Ok(())
    }

    /// Notes a file system that says nothing of its layers.
    pub(crate) fn note_no_diff_ids(&mut self) {
        if let Some(notes) = &mut self.notes {
            notes.no_diff_ids = true;
        }
    }

    /// Ends the reading because of something here.
    fn fault(&mut self, kind: DecodeErrorKind) -> Stop {
        self.fault_at(kind, self.at)
    }

    /// Ends the reading because of something that began `at`.
    #[cold]
    pub(crate) fn fault_at(&mut self, kind: DecodeErrorKind, at: usize) -> Stop {
        self.fault = Some(Fault { kind, at });
        Stop
    }

    /// The fault of a value that is not what belongs here.
    fn misplaced(&mut self) -> Stop {
        match self.peek() {
            Some(b'{' | b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9') => {
                self.fault(DecodeErrorKind::WrongShape)
            }
            _ => self.fault(DecodeErrorKind::NotJson),
        }
    }

    /// The name of a member and its colon.
    fn name(&mut self) -> Result<Text<'a>> {
        if self.peek() != Some(b'"') {
            return Err(self.fault(DecodeErrorKind::NotJson));
        }
        self.name_at = self.at;
        let name = self.text_here()?;
        match self.takes(b':') {
            true => Ok(name),
            false => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }

    /// Begins an array or an object, which is where nesting is limited.
    fn enter(&mut self, open: u8) -> Result<usize> {
        if self.peek() != Some(open) {
            return Err(self.misplaced());
        }
        if self.depth >= self.limits.nesting {
            return Err(self.fault(DecodeErrorKind::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        Ok(self.at - 1)
    }

    /// Whether a comma follows rather than the end.
    fn continues(&mut self, close: u8) -> Result<bool> {
        let next = self.peek();
        self.at += 1;
        match next {
            Some(b',') => Ok(true),
            Some(byte) if byte == close => Ok(false),
            _ => Err(self.fault_at(DecodeErrorKind::NotJson, self.at - 1)),
        }
    }

    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn literal(&mut self, text: &str) -> Result<()> {
        match self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes())) {
            true => {
                self.at += text.len();
                Ok(())
            }
            false => Err(self.fault(DecodeErrorKind::NotJson)),
        }
    }
}
