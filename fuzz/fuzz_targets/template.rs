//! No text makes the templates of requests panic, and one without places is itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pianoprof::template::Template;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fuzz_target!(|text: &str| {
    if let Ok(template) = Template::parse(text) {
        let rendered = template.render(&mut ChaCha8Rng::seed_from_u64(1));
        if template.is_fixed() {
            assert_eq!(rendered, text);
        }
    }
});
