//! The fault matrix: whatever goes wrong is named, ends with its exit code or carries its caveat, and leaves the machine
//! clean, which [`crate::lab::Lab::run`] checks each time.
//!
//! Faults that need a machine of their own (a small disk, little memory, no netlink) are made in namespaces of the kernel;
//! where this user may not make them the test says so and passes.

mod apart;
mod disk;
mod forms;
mod machine;
mod postgres;
mod preparation;
mod target;
mod wrongness;
