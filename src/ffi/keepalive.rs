//! The keep-alive interval: a setting of the machine, which the library only reports. Timers
//! are the caller's.

/// Milliseconds where nothing is set.
const DEFAULT: u32 = 30_000;
/// Shorter intervals count as this one.
const MINIMUM: u32 = 15_000;

/// The interval in milliseconds.
pub fn interval() -> u32 {
    setting().map_or(DEFAULT, |interval| interval.max(MINIMUM))
}

/// `WEBSOCKET_KEEPALIVE_INTERVAL`: decimal digits; more than 32 bits hold count as the most that
/// they do. Anything else is as if it were not set.
#[cfg(unix)]
fn setting() -> Option<u32> {
    use core::ffi::CStr;
    // SAFETY: the name ends with a NUL. The value belongs to the environment and is read at once;
    // `std::env` would allocate without a way to fail.
    let text = unsafe {
        let value = libc::getenv(c"WEBSOCKET_KEEPALIVE_INTERVAL".as_ptr());
        if value.is_null() {
            return None;
        }
        CStr::from_ptr(value).to_str().ok()?
    };
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// `HKLM\SOFTWARE\Microsoft\WebSocket\KeepaliveInterval`, a DWORD.
#[cfg(windows)]
fn setting() -> Option<u32> {
    use windows_sys::Win32::System::Registry::{
        HKEY_LOCAL_MACHINE, KEY_QUERY_VALUE, REG_DWORD, RegCloseKey, RegOpenKeyExA,
        RegQueryValueExA,
    };
    let mut key = core::ptr::null_mut();
    let (mut kind, mut value, mut size) = (0, 0u32, size_of::<u32>() as u32);
    // SAFETY: strings end with a NUL, outputs are local variables of the sizes that are named.
    unsafe {
        let path = c"SOFTWARE\\Microsoft\\WebSocket".as_ptr().cast();
        if RegOpenKeyExA(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &mut key) != 0 {
            return None;
        }
        let name = c"KeepaliveInterval".as_ptr().cast();
        let target = (&raw mut value).cast();
        let status = RegQueryValueExA(key, name, core::ptr::null(), &mut kind, target, &mut size);
        RegCloseKey(key);
        (status == 0 && kind == REG_DWORD).then_some(value)
    }
}
