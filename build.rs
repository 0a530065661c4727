//! Has the program built again when the console was. A development build reads the console from its folder, so nothing of it
//! depends on that.

fn main() {
    let optimised = std::env::var("PROFILE").is_ok_and(|profile| profile != "debug");
    println!("cargo:rerun-if-changed={}", if optimised { "console/dist" } else { "build.rs" });
}
