//! The program that sends the video (OBS): finding and connecting it, what is done with it.

use std::sync::Arc;

use super::Studio;
use crate::encoder::{EncoderDriver, EncoderForm, EncoderFound};
use crate::problem::{Failure, ProblemCode};
use crate::room::RoomId;

/// The way to the encoder.
pub(super) struct Link {
    #[expect(dead_code, reason = "wired next")]
    driver: Arc<dyn EncoderDriver>,
}

impl Link {
    pub(super) fn new(driver: Arc<dyn EncoderDriver>) -> Self {
        Self { driver }
    }
}

#[expect(clippy::unused_async, reason = "their bodies are written next")]
impl Studio {
    /// Looks into the settings of the encoder on this machine and takes them over; the streamer has agreed.
    pub async fn find_encoder(&self) -> Result<EncoderFound, Failure> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Connects the encoder; address and password are kept once that worked, or when the streamer insists.
    pub async fn connect_encoder(&self, form: EncoderForm) -> Result<(), Failure> {
        drop(form);
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Parts from the encoder and forgets address, password and former settings.
    pub async fn forget_encoder(&self) -> Result<(), Failure> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Puts a room's push address into the encoder, reads it back and compares.
    pub async fn send_to_encoder(&self, room: &RoomId) -> Result<(), Failure> {
        let _ = room;
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Puts the encoder's former settings back.
    pub async fn restore_encoder(&self) -> Result<(), Failure> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Starts the encoder; done once its figures move.
    pub async fn start_encoder(&self) -> Result<(), Failure> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// Stops the encoder; done once it is seen stopped.
    pub async fn stop_encoder(&self) -> Result<(), Failure> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    /// The streamer has seen an alarm: it stays in its place and makes no more noise.
    pub fn alarm_seen(&self, id: u64) {
        self.0.change(|p| {
            p.change_alarms(|alarms| {
                alarms.iter_mut().filter(|a| a.id == id).for_each(|a| a.seen = true);
            });
        });
    }
}
