//! Calls with arguments of every kind, sensible and senseless.

/// A handle: one of `HANDLES`, or NULL.
pub type Which = usize;

pub const HANDLES: usize = 3;

#[derive(Clone, Debug)]
pub enum Call {
    Create {
        which: Which,
        client: bool,
        properties: Vec<PropertyArgument>,
        null_out: bool,
    },
    /// Begin and, if asked, end with what the other side would say.
    Connect {
        which: Which,
        client: bool,
        extension: bool,
        deflate: bool,
    },
    Begin {
        which: Which,
        client: bool,
        form: Form,
    },
    End {
        which: Which,
        client: bool,
        form: Form,
    },
    Send {
        which: Which,
        kind: u32,
        buffer: BufferArgument,
    },
    Receive {
        which: Which,
        buffer: BufferArgument,
    },
    Get {
        which: Which,
        queue: u32,
        slots: u32,
        missing: Missing,
    },
    Complete {
        which: Which,
        id: Id,
        octets: Octets,
    },
    /// GetAction, and what it returned is completed at once.
    Turn {
        which: Which,
        queue: u32,
        kind: u8,
        len: u32,
    },
    Abort {
        which: Which,
    },
    Delete {
        which: Which,
    },
    CloseStatus {
        which: Which,
        null: bool,
    },
    Global {
        kind: u32,
        size: u32,
        null_value: bool,
        null_size: bool,
    },
}

#[derive(Clone, Debug)]
pub struct PropertyArgument {
    pub kind: u32,
    pub value: u32,
    pub size: u32,
    pub null: bool,
}

/// How the arguments of a handshake are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Good,
    /// Headers are missing.
    Short,
    /// Values are wrong.
    Wrong,
    /// An array is NULL although it has elements.
    NullArray,
    NullOutputs,
    /// Something is selected that was not offered.
    NotOffered,
}

#[derive(Clone, Copy, Debug)]
pub enum BufferArgument {
    Null,
    /// Octets at NULL.
    NullStart(u32),
    Octets {
        len: u32,
        status: u16,
    },
}

/// The output of GetAction that is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Nothing,
    Buffers,
    Count,
    Action,
    Kind,
    Application,
    Context,
}

/// The context given to CompleteAction.
#[derive(Clone, Copy, Debug)]
pub enum Id {
    Send,
    Receive,
    /// One that was handed out by either handle at any time.
    Seen(usize),
    Number(usize),
}

/// The octets reported to CompleteAction.
#[derive(Clone, Copy, Debug)]
pub enum Octets {
    Right,
    Number(u32),
    /// For a read: so many octets of frames of this kind.
    Frames {
        kind: u8,
        len: u32,
    },
}
