//! AMF0, as much of it as commands need:
//! <https://rtmp.veriskope.com/pdf/amf0-file-format-specification.pdf>.

use super::Fault;

/// How deep values may nest. What encoders and servers send is two deep.
const DEPTH: usize = 6;
/// Values, fields included, that are read of one message.
const VALUES: usize = 512;

/// A value. What no command is asked for (dates, references, XML) is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Boolean(bool),
    Text(String),
    /// Object, ECMA array and strict array; the latter's names are empty.
    Fields(Vec<(String, Value)>),
    Null,
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A field of an object.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Fields(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Reads all values of `bytes`.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Value>, Fault> {
    let mut reader = Reader { bytes, left: VALUES };
    let mut values = Vec::new();
    while !reader.bytes.is_empty() {
        values.push(reader.value(DEPTH)?);
    }
    Ok(values)
}

struct Reader<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Fault::Values)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or(Fault::Values)?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn text(&mut self, long: bool) -> Result<String, Fault> {
        let length = if long {
            u32::from_be_bytes(self.array()?) as usize
        } else {
            usize::from(u16::from_be_bytes(self.array()?))
        };
        // Not every encoder writes UTF-8; names that matter are ASCII.
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.left = self.left.checked_sub(1).ok_or(Fault::Values)?;
        let deeper = depth.checked_sub(1).ok_or(Fault::Values)?;
        let [marker] = self.array()?;
        Ok(match marker {
            0 => Value::Number(f64::from_be_bytes(self.array()?)),
            1 => Value::Boolean(self.array::<1>()? != [0]),
            2 => Value::Text(self.text(false)?),
            3 => self.fields(deeper)?,
            5 | 6 => Value::Null,
            8 => {
                self.take(4)?; // a hint of the count; the end is marked
                self.fields(deeper)?
            }
            10 => {
                let count = u32::from_be_bytes(self.array()?);
                let mut fields = Vec::new();
                for _ in 0..count {
                    fields.push((String::new(), self.value(deeper)?));
                }
                Value::Fields(fields)
            }
            12 => Value::Text(self.text(true)?),
            _ => return Err(Fault::Values),
        })
    }

    fn fields(&mut self, deeper: usize) -> Result<Value, Fault> {
        let mut fields = Vec::new();
        loop {
            let name = self.text(false)?;
            if name.is_empty() && self.bytes.first() == Some(&9) {
                self.take(1)?;
                return Ok(Value::Fields(fields));
            }
            fields.push((name, self.value(deeper)?));
        }
    }
}

/// Writes values one after another.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn number(mut self, number: f64) -> Self {
        self.0.push(0);
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(crate) fn null(mut self) -> Self {
        self.0.push(5);
        self
    }

    /// What is longer than a string of AMF0 may be is written as a long string.
    pub(crate) fn text(mut self, text: &str) -> Self {
        if let Ok(length) = u16::try_from(text.len()) {
            self.0.push(2);
            self.0.extend(length.to_be_bytes());
        } else {
            self.0.push(12);
            self.0.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
        self.0.extend(text.as_bytes());
        self
    }

    pub(crate) fn texts(mut self, texts: &[String]) -> Self {
        self.0.push(10);
        self.0.extend(u32::try_from(texts.len()).unwrap_or(u32::MAX).to_be_bytes());
        texts.iter().fold(self, |writer, text| writer.text(text))
    }

    /// An object; `fields` writes its fields with [`Writer::field`] before each value.
    pub(crate) fn object(mut self, fields: impl FnOnce(Self) -> Self) -> Self {
        self.0.push(3);
        let mut written = fields(self);
        written.0.extend([0, 0, 9]);
        written
    }

    pub(crate) fn field(mut self, name: &'static str) -> Self {
        // Names are ours and short.
        self.0.extend(u16::try_from(name.len()).unwrap_or(0).to_be_bytes());
        self.0.extend(name.as_bytes());
        self
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes = Writer::default()
            .text("connect")
            .number(1.0)
            .object(|o| o.field("app").text("live").field("list").texts(&["hvc1".into(), "av01".into()]))
            .null()
            .done();
        let values = read(&bytes).unwrap();
        assert_eq!(values[0].text(), Some("connect"));
        assert_eq!(values[1].number(), Some(1.0));
        assert_eq!(values[2].field("app").and_then(Value::text), Some("live"));
        let list = values[2].field("list").unwrap();
        assert_eq!(
            *list,
            Value::Fields(vec![
                (String::new(), Value::Text("hvc1".into())),
                (String::new(), Value::Text("av01".into())),
            ])
        );
        assert_eq!(values[3], Value::Null);
    }

    #[test]
    fn endless_and_deep_values_are_refused() {
        assert_eq!(read(&[10, 255, 255, 255, 255]), Err(Fault::Values));
        let many: Vec<u8> = [10, 255, 255, 255, 255].into_iter().chain([5; 4096]).collect();
        assert_eq!(read(&many), Err(Fault::Values));
        let deep = [3, 0, 1, b'a'].repeat(1000);
        assert_eq!(read(&deep), Err(Fault::Values));
        assert_eq!(read(&[2, 0, 5, b'a']), Err(Fault::Values));
        assert_eq!(read(&[7]), Err(Fault::Values));
    }

    #[test]
    fn what_encoders_and_servers_send_beside_that() {
        let text = |text: &str| Value::Text(text.into());
        let width = vec![(String::from("w"), Value::Number(2.0))];
        let number = [0, 0x40, 0, 0, 0, 0, 0, 0, 0];
        let ecma = [&[8, 0, 0, 0, 9, 0, 1, b'w'][..], &number, &[0, 0, 9]].concat();
        let cases: [(&[u8], Value); 8] = [
            (&[1, 1], Value::Boolean(true)),
            (&[1, 0], Value::Boolean(false)),
            (&[6], Value::Null),
            (&[12, 0, 0, 0, 2, b'h', b'i'], text("hi")),
            (&[2, 0, 1, 0xff], text("\u{fffd}")),
            (&ecma, Value::Fields(width)),
            (&[3, 0, 0, 5, 0, 0, 9], Value::Fields(vec![(String::new(), Value::Null)])),
            (&[3, 0, 1, 9, 5, 0, 0, 9], Value::Fields(vec![("\t".into(), Value::Null)])),
        ];
        for (bytes, value) in cases {
            assert_eq!(read(bytes), Ok(vec![value]), "{bytes:?}");
        }
        let [none] = &read(&[5]).unwrap()[..] else { panic!("one value") };
        assert_eq!((none.text(), none.number(), none.field("w")), (None, None, None));
    }

    #[test]
    fn the_bounds_are_where_they_are_said_to_be() {
        let nested = |depth: usize| [[10, 0, 0, 0, 1].repeat(depth - 1), vec![5]].concat();
        assert!(read(&nested(DEPTH)).is_ok());
        assert_eq!(read(&nested(DEPTH + 1)), Err(Fault::Values));
        assert_eq!(read(&[5; VALUES]).map(|values| values.len()), Ok(VALUES));
        assert_eq!(read(&[5; VALUES + 1]), Err(Fault::Values));
        for length in [0xffff, 0x1_0000] {
            let long = "x".repeat(length);
            let values = read(&Writer::default().text(&long).done()).unwrap();
            assert_eq!(values[0].text(), Some(&long[..]), "{length} bytes");
        }
    }
}
