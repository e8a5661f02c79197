//! Accounts.
#![allow(clippy::missing_safety_doc, reason = "what pointers must be is said once, in the header")]

use std::ffi::{c_char, c_void};
use std::time::Duration;

use sipua::Secret;

use crate::agents;
use crate::config::{number, unknown};
use crate::error::{Problem, Result};
use crate::guard::{Out, guard};
use crate::sized::{Sized32, options};
use crate::status::Status;
use crate::text::{Header, Setting, headers, optional, settings};
use crate::ua::Ua;

/// An address of record and how to use it. Begin with `SIPUA_ACCOUNT_CONFIG_INIT`: 0 and NULL mean the
/// default. Texts end in NUL and are copied.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AccountConfig {
    /// The size of this struct: `SIPUA_ACCOUNT_CONFIG_INIT` sets it.
    pub size: u32,
    /// 1: calls without registration (a trunk).
    pub no_register: i32,
    /// The address of record, `sip:alice@example.com`. Required.
    pub aor: *const c_char,
    /// The name shown to others.
    pub display_name: *const c_char,
    /// The user name in credentials. Default: the user part of the address.
    pub auth_user: *const c_char,
    /// The password.
    pub password: *const c_char,
    /// Registrar and proxy, `HOST[:PORT]`, several in order of preference with commas. Default: the host
    /// of the address.
    pub server: *const c_char,
    /// The application's own word, echoed in every event about the account.
    pub tag: *const c_char,
    /// The application's own pointer, echoed in every event about the account.
    pub userdata: *mut c_void,
    /// Header fields of every request of the account.
    pub headers: *const Header,
    /// How many there are.
    pub header_count: usize,
    /// Rare and new settings by name; see `setting_count`.
    pub settings: *const Setting,
    /// How many there are. Known names: `ha1` (instead of the password: the hash of user:realm:password
    /// in hexadecimal), `outbound_proxy` (a URI), `expires` (seconds, 300). Another name is the error
    /// `NOT_FOUND`.
    pub setting_count: usize,
}

// SAFETY: repr(C), begins with its size, numbers and pointers only.
unsafe impl Sized32 for AccountConfig {
    const NAME: &'static str = "sipua_account_config";
}

/// # Accounts
///
/// Adds an account, and registers it unless it is a trunk: `registered` or `registration_failed` follows.
///
/// Any thread. Errors: `INVALID_ARGUMENT` for a setting, `NOT_FOUND` for the name of one, `STRUCT_SIZE`,
/// `STOPPED`, `GONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_account_add(
    ua: *mut Ua,
    config: *const AccountConfig,
    account: *mut u64,
) -> Status {
    guard(|| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::new(account, "account") }?;
        if config.is_null() {
            return Err(Problem::null("config"));
        }
        let agent = agents::get(ua)?;
        // SAFETY: the caller's promise.
        let given = unsafe { options(config) }?;
        // SAFETY: the caller's promise.
        let config = unsafe { engine_account(&given) }?;
        out.set(agent.add_account(config, given.userdata)?);
        Ok(())
    })
}

/// Registers the account now, and keeps the registration fresh: `registered` or `registration_failed`
/// follows.
///
/// Any thread. Errors: `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_account_register(ua: *mut Ua, account: u64) -> Status {
    guard(|| Ok(agents::get(ua)?.account(account)?.register()?))
}

/// Takes the registration back: `unregistered` follows.
///
/// Any thread. Errors: `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_account_unregister(ua: *mut Ua, account: u64) -> Status {
    guard(|| Ok(agents::get(ua)?.account(account)?.unregister()?))
}

/// Forgets the account, unregistering it first; its calls go on.
///
/// Any thread. Events about it may still come, without its userdata. Errors: `GONE`, `STOPPED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sipua_account_remove(ua: *mut Ua, account: u64) -> Status {
    guard(|| agents::get(ua)?.remove_account(account))
}

/// # Safety
/// The texts and arrays of `given` are readable.
unsafe fn engine_account(given: &AccountConfig) -> Result<sipua::AccountConfig> {
    let own = |text: Option<&str>| text.map(str::to_owned);
    // SAFETY: the caller's promise, for each.
    let (config, named) = unsafe {
        let aor = optional("aor", given.aor)?.ok_or_else(|| Problem::null("aor"))?;
        let mut config = sipua::AccountConfig::new(aor);
        config.display_name = own(optional("display_name", given.display_name)?);
        config.auth_user = own(optional("auth_user", given.auth_user)?);
        config.secret = own(optional("password", given.password)?).map(Secret::Password);
        config.server = own(optional("server", given.server)?);
        config.tag = own(optional("tag", given.tag)?);
        config.headers = headers(given.headers, given.header_count)?;
        (config, settings(given.settings, given.setting_count)?)
    };
    let mut config = config;
    config.register = given.no_register == 0;
    for (name, value) in named {
        set(&mut config, name, value)?;
    }
    Ok(config)
}

fn set(config: &mut sipua::AccountConfig, name: &str, value: &str) -> Result<()> {
    match name {
        "ha1" => config.secret = Some(Secret::Ha1(value.to_owned())),
        "outbound_proxy" => config.outbound_proxy = Some(value.to_owned()),
        "expires" => {
            let seconds = number(name, value, 4_294_967)?;
            config.expires = Duration::from_secs(seconds as u64);
        }
        _ => return Err(unknown("account", name)),
    }
    Ok(())
}
