//! See `idflow_fuzz::values`. Each input has the stack of a worker thread.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let worker = std::thread::Builder::new().stack_size(idflow_fuzz::STACK).spawn(move || idflow_fuzz::values(&text));
    worker.expect("a thread").join().expect("no panic");
});
