//! The bytes of every request, written before the clock starts: the hot path formats nothing.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::Error;
use crate::http::{is_header_value, is_token};
use crate::model::plan::{ExpectPlan, RequestPlan};
use crate::template::Template;

/// Renderings kept of a request with drawn values.
const VARIANTS: usize = 1024;
/// Bytes that the renderings of one request may take together; large bodies get fewer renderings.
const VARIANT_BYTES: usize = 8 << 20;
/// Length of the order in which the requests of a mix are sent, over and over.
const ORDER: u16 = 4096;

/// One request: its renderings and what a good answer is.
#[derive(Debug)]
pub(super) struct Prepared {
    pub variants: Vec<Box<[u8]>>,
    pub expect: ExpectPlan,
    /// `HEAD` is answered without a body.
    pub head: bool,
}

/// Every request of a job, and the order of the mix.
#[derive(Debug)]
pub(super) struct Requests {
    pub prepared: Vec<Prepared>,
    /// Indices into `prepared`, in the proportion of the weights, shuffled by the seed.
    pub order: Vec<u16>,
}

impl Requests {
    /// Renders everything.
    ///
    /// # Errors
    /// When a template or what it renders cannot be HTTP.
    pub fn prepare(plans: &[(RequestPlan, f64)], host: &str, seed: u64) -> Result<Self, Error> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let prepared = plans.iter().map(|(plan, _)| prepare(plan, host, &mut random)).collect::<Result<_, _>>()?;
        let weights: Vec<f64> = plans.iter().map(|(_, weight)| *weight).collect();
        Ok(Self { prepared, order: order(&weights, &mut random) })
    }
}

/// Indices in the proportion of the weights, each at least once, shuffled.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a weight is between 0 and 1")]
fn order(weights: &[f64], random: &mut ChaCha8Rng) -> Vec<u16> {
    if weights.len() == 1 {
        return vec![0];
    }
    let total: f64 = weights.iter().sum();
    let mut order = Vec::new();
    for (index, weight) in (0..u16::MAX).zip(weights) {
        let times = (weight / total * f64::from(ORDER)).round().max(1.0) as usize;
        order.extend(std::iter::repeat_n(index, times));
    }
    order.shuffle(random);
    order
}

fn prepare(plan: &RequestPlan, host: &str, random: &mut ChaCha8Rng) -> Result<Prepared, Error> {
    let wrong = |part: &str, why: String| Error::Request { request: plan.name.clone(), part: part.to_owned(), why };
    if !is_token(&plan.method) {
        return Err(wrong("method", format!("`{}` is no HTTP method", plan.method)));
    }
    if !plan.path.starts_with('/') && plan.path != "*" {
        return Err(wrong("path", format!("`{}` does not start with `/`", plan.path)));
    }
    let path = Template::parse(&plan.path).map_err(|why| wrong("path", why))?;
    let body = plan.body.as_deref().map(Template::parse).transpose().map_err(|why| wrong("body", why))?;
    let mut headers = Vec::new();
    for (name, value) in &plan.headers {
        let part = format!("header {name}");
        if !is_token(name) {
            return Err(wrong(&part, "the name is no HTTP header name".to_owned()));
        }
        if ["content-length", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str()) {
            return Err(wrong(&part, "the body's framing is written by the generator".to_owned()));
        }
        headers.push((name, Template::parse(value.reveal()).map_err(|why| wrong(&part, why))?));
    }
    let fixed = path.is_fixed()
        && body.as_ref().is_none_or(Template::is_fixed)
        && headers.iter().all(|(_, value)| value.is_fixed());
    let mut render = || -> Result<Box<[u8]>, Error> {
        let path = path.render(random);
        if let Some(bad) = path.chars().find(|&letter| !letter.is_ascii_graphic()) {
            return Err(wrong("path", format!("`{path}` holds {bad:?}, which must be percent-encoded")));
        }
        let mut text = format!("{} {path} HTTP/1.1\r\n", plan.method);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            text.extend(["Host: ", host, "\r\n"]);
        }
        for (name, value) in &headers {
            let value = value.render(random);
            if !is_header_value(&value) {
                return Err(wrong(&format!("header {name}"), "the value holds a control character".to_owned()));
            }
            text.extend([name, ": ", &value, "\r\n"]);
        }
        let body = body.as_ref().map(|body| body.render(random));
        if body.is_some() || ["POST", "PUT", "PATCH"].contains(&plan.method.as_str()) {
            let length = body.as_ref().map_or(0, String::len).to_string();
            text.extend(["Content-Length: ", &length, "\r\n"]);
        }
        text.push_str("\r\n");
        text.push_str(body.as_deref().unwrap_or_default());
        Ok(text.into_bytes().into_boxed_slice())
    };
    let first = render()?;
    let count = if fixed { 1 } else { (VARIANT_BYTES / first.len()).clamp(16, VARIANTS) };
    let mut variants = vec![first];
    while variants.len() < count {
        variants.push(render()?);
    }
    Ok(Prepared { variants, expect: plan.expect.clone(), head: plan.method == "HEAD" })
}

/// Walks through the order and the renderings, from a seeded start.
#[derive(Debug)]
pub(super) struct Walk {
    place: usize,
    variant: Vec<u32>,
}

impl Walk {
    /// Thread `thread` starts elsewhere than its siblings.
    pub fn new(requests: &Requests, seed: u64, thread: u32) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(u64::from(thread) << 32));
        let place = random.random_range(0..requests.order.len());
        Self { place, variant: vec![0; requests.prepared.len()] }
    }

    /// The next request: its index and its rendering.
    pub fn next(&mut self, requests: &Requests) -> (u16, u32) {
        let kind = requests.order[self.place];
        self.place = if self.place + 1 == requests.order.len() { 0 } else { self.place + 1 };
        let variant = &mut self.variant[usize::from(kind)];
        let taken = *variant;
        *variant =
            if taken as usize + 1 == requests.prepared[usize::from(kind)].variants.len() { 0 } else { taken + 1 };
        (kind, taken)
    }
}
