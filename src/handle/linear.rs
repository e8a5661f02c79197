//! The linear form for IVRs and bots: one async function a call.

use super::{Call, UserAgent};
use crate::call_state::CallState;
use crate::error::Result;
use crate::event::EventKind;

impl UserAgent {
    /// Runs `handler` for every incoming call, each as a task of its own, until the user agent stops.
    /// A call that the handler leaves alive is hung up; an error it returns is logged.
    ///
    /// ```no_run
    /// use sipua::{Collect, Config, Source, UserAgent};
    ///
    /// # async fn run() -> sipua::Result<()> {
    /// let ua = UserAgent::start(Config::default().listen("udp:127.0.0.1:5060")?)?;
    /// ua.serve(|call| async move {
    ///     call.answer()?;
    ///     call.play(&Source::wav("welcome.wav")?)?;
    ///     let choice = call.collect_dtmf(&Collect::up_to(4)).await?;
    ///     call.play(&Source::wav(format!("choice-{choice}.wav"))?)?.finished().await;
    ///     call.hangup()
    /// })
    /// .await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve<H, F>(&self, handler: H)
    where
        H: Fn(Call) -> F,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut events = self.events();
        while let Some(event) = events.next().await {
            match event.kind {
                EventKind::Stopped => return,
                EventKind::IncomingCall(_) => {}
                _ => continue,
            }
            let Some(call) = event.call.and_then(|id| self.call(id)) else { continue };
            let handled = handler(call.clone());
            tokio::spawn(async move {
                if let Err(error) = handled.await {
                    tracing::info!(%error, call = %call.id(), "the handler of a call gave up");
                }
                if call.state() != CallState::Ended {
                    let _ = call.hangup();
                }
            });
        }
    }
}
