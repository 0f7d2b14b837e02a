//! A window, and what a person does in it.

use super::pipe::Pipe;
use crate::axe;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// A window of the browser.
pub struct Tab<'a> {
    pipe: &'a Pipe,
    session: String,
}

impl<'a> Tab<'a> {
    pub(super) fn new(pipe: &'a Pipe, session: String) -> Self {
        let tab = Self { pipe, session };
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        tab.speaks("en");
        tab.is_wide(1100, 800);
        tab
    }

    fn call(&self, method: &str, params: Value) -> Value {
        self.pipe.call(&self.session, method, params)
    }

    /// What the browser asks for in `Accept-Language`.
    pub fn speaks(&self, language: &str) {
        let agent = self.eval("navigator.userAgent");
        let params = json!({ "userAgent": agent, "acceptLanguage": language });
        self.call("Emulation.setUserAgentOverride", params);
    }

    /// Its size.
    pub fn is_wide(&self, width: u32, height: u32) {
        let params =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", params);
    }

    /// What its user has chosen: dark pages, or light ones.
    pub fn is_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
    }

    /// Whether pages may run scripts.
    pub fn runs_scripts(&self, runs: bool) {
        let params = json!({ "value": !runs });
        self.call("Emulation.setScriptExecutionDisabled", params);
    }

    /// Goes to an address.
    pub fn open(&self, url: &str) {
        self.goes(|| {
            let went = self.call("Page.navigate", json!({ "url": url }));
            assert!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
        });
    }

    /// Does what leads to another page, and waits until that is there.
    fn goes(&self, what: impl FnOnce()) {
        self.pipe.take(&self.session, "Page.loadEventFired");
        what();
        self.pipe.wait(&self.session, "Page.loadEventFired");
    }

    /// What an expression comes to in the page.
    pub fn eval(&self, script: &str) -> Value {
        let params = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let mut done = self.call("Runtime.evaluate", params);
        let failed = &done["exceptionDetails"];
        assert!(failed.is_null(), "{script:.200}: {failed}");
        done["result"]["value"].take()
    }

    fn text_of(&self, script: &str) -> String {
        let value = self.eval(script);
        value.as_str().unwrap_or_default().to_owned()
    }

    /// What can be read on the page.
    pub fn text(&self) -> String {
        self.text_of("document.body.innerText")
    }

    /// Its heading.
    pub fn heading(&self) -> String {
        self.text_of("document.querySelector('h1').innerText")
    }

    /// Where it is: path, query and mark.
    pub fn place(&self) -> String {
        self.text_of("location.pathname + location.search + location.hash")
    }

    /// How many there are of these.
    pub fn count(&self, selector: &str) -> u64 {
        let count = self.eval(&format!("document.querySelectorAll({selector:?}).length"));
        count.as_u64().unwrap_or_default()
    }

    /// Writes into a field, in place of what is there.
    pub fn fill(&self, selector: &str, text: &str) {
        self.eval(&format!(
            "(() => {{ const field = document.querySelector({selector:?}); field.focus(); field.select(); }})()"
        ));
        match text {
            "" => self.press("Delete", 46),
            text => {
                self.call("Input.insertText", json!({ "text": text }));
            }
        }
    }

    /// Chooses from a list.
    pub fn choose(&self, selector: &str, value: &str) {
        let chosen = self.eval(&format!(
            "(() => {{ const list = document.querySelector({selector:?}); list.value = {value:?}; return list.value; }})()"
        ));
        assert_eq!(chosen, value, "{selector}");
    }

    /// A key, by its name and its number.
    pub fn press(&self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if key == "Enter" && kind == "keyDown" {
                event["text"] = "\r".into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// A click in the middle of it.
    pub fn click(&self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.scrollIntoView({{ block: 'center' }}); \
             const box = it.getClientRects()[0]; return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// A click that leads to another page.
    pub fn follow(&self, selector: &str) {
        self.goes(|| self.click(selector));
    }

    /// The key Enter, which leads to another page.
    pub fn enter(&self) {
        self.goes(|| self.press("Enter", 13));
    }

    /// Waits until an expression is true in the page.
    pub fn until(&self, script: &str) {
        let began = std::time::Instant::now();
        while self.eval(script) != true {
            assert!(
                began.elapsed() < std::time::Duration::from_secs(60),
                "not within a minute: {script}: {}",
                self.text()
            );
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }

    /// What the browser complained of since the last time: what was forbidden, failed, or opened a dialog.
    pub fn complaints(&self) -> Vec<String> {
        let events = [
            "Page.javascriptDialogOpening",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
        ];
        // What was told before the answer is there with it.
        self.eval("0");
        let events = events.iter();
        let told = events.flat_map(|event| self.pipe.take(&self.session, event));
        // That an answer was none of success is looked at where it matters.
        let told = told.filter(|event| event["params"]["entry"]["source"] != "network");
        told.map(|event| event["params"].to_string()).collect()
    }

    /// What keeps people from using the page.
    pub fn barriers(&self) -> Vec<String> {
        if self.eval("typeof axe") == "undefined" {
            self.eval(&format!("{};0", axe::script()));
        }
        let found = self.eval(
            "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((one) => \
             one.id + ': ' + one.help + one.nodes.map((node) => '\\n  ' + node.html + '\\n    ' + \
             node.failureSummary).join('')))",
        );
        let found = found.as_array().expect("a list").iter();
        found
            .map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// How it looks: PNG.
    pub fn picture(&self) -> Vec<u8> {
        let shot = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        let data = shot["data"].as_str().expect("a picture");
        BASE64_STANDARD.decode(data).expect("base64")
    }
}
