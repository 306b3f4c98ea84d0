/*! Backstory identity kit: boots Intercom's Messenger with checked values only, and leaves nothing on logout.
 *
 *   BackstoryIdentity.start({ app_id, token, visitors?, api_base?, settings? })
 *   BackstoryIdentity.logout()
 *
 * `token` returns (a promise of) what your own server got from `POST /identity/token`, or null when nobody is
 * logged in. Load Intercom's own snippet before this; it needs no identity of its own.
 */
(function (global) {
  "use strict";

  var NAME = "backstory-identity";
  var EARLY_MS = 60 * 1000; // so long before its end a token is renewed
  var RETRY_MS = 10 * 1000; // so long after a failure, twice as long after each further one
  var MOST_TRIES = 8;
  var LONGEST_MS = 2147483647; // what a timer can hold
  var IDENTITY = ["user_id", "email", "phone", "name", "user_hash", "intercom_user_jwt"];
  var NOBODY = ["undefined", "null", "none", "nan", "0", "-1", "anonymous", "guest", "test", "[object object]"];
  var AROUND = "[\\s\"'`\u00b4\u2018-\u201f\u00ab\u00bb\u2039\u203a\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+";
  var EDGES = new RegExp("^" + AROUND + "|" + AROUND + "$", "g");

  var session = null; // whom the Messenger was booted for; the only place that knows
  var others = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;

  /** Says what is wrong without showing the value. */
  function warn(text) {
    if (global.console) global.console.warn("[backstory] " + text);
  }

  function refuse(text) {
    throw new Error(text);
  }

  /** Returns why a value stands for nobody, or null. */
  function wrong(value) {
    if (typeof value === "number") value = String(value);
    if (value === undefined || value === null) return "is missing";
    if (typeof value !== "string") return "is no text";
    var text = value.normalize("NFKC").toLowerCase().replace(EDGES, "").replace(/\s+/g, " ");
    if (text === "") return "is empty";
    if (NOBODY.indexOf(text.replace("[ ", "[").replace(" ]", "]")) >= 0) return "is a placeholder";
    var template = /\{\{.*\}\}|\$\{.*\}|^%+[a-z_][\w.\- ]*%+$|^<[^@]*>$/.test(text);
    return template ? "is a template that was not filled in" : null;
  }

  function check(name, value) {
    var why = wrong(value);
    if (why) refuse("`" + name + "` " + why + ", so the Messenger is not booted for anybody");
    return value;
  }

  /** Reads the claims of a token; the signature is for Intercom to check. */
  function claimsOf(token) {
    var parts = String(token).split(".");
    if (parts.length !== 3) refuse("the token is no JWT");
    try {
      var read = function (part) {
        var bytes = global.atob(part.replace(/-/g, "+").replace(/_/g, "/"));
        var codes = Uint8Array.from(bytes, function (byte) { return byte.charCodeAt(0); });
        return JSON.parse(new TextDecoder().decode(codes));
      };
      if (read(parts[0]).alg !== "HS256") refuse("");
      return read(parts[1]);
    } catch (error) {
      return refuse("the token cannot be read");
    }
  }

  /** Checks what `token` gave and returns whom to boot for. */
  function accept(answer) {
    if (typeof answer === "string") answer = { token: answer };
    if (!answer.token && answer.user_hash) {
      // Legacy: it proves nothing for long, since it never expires.
      var known = { user_id: check("user_id", answer.user_id), user_hash: check("user_hash", answer.user_hash) };
      return { user_id: String(known.user_id), settings: known, expires: Infinity };
    }
    var claims = claimsOf(check("token", answer.token));
    check("user_id", claims.user_id);
    ["email", "name"].forEach(function (claim) {
      if (claim in claims) check(claim, claims[claim]);
    });
    if (answer.user_id !== undefined && String(answer.user_id) !== String(claims.user_id)) {
      refuse("the token is for somebody else than `user_id` says");
    }
    var expires = claims.exp * 1000;
    if (!(expires > Date.now())) refuse("the token has no end, or is over");
    return { user_id: String(claims.user_id), settings: { intercom_user_jwt: answer.token }, expires: expires };
  }

  /** Returns what to boot with besides the identity: no identity from elsewhere, and nothing that was not filled in. */
  function plain(options) {
    var settings = { app_id: options.app_id };
    if (options.api_base) settings.api_base = options.api_base;
    Object.keys(options.settings || {}).forEach(function (key) {
      var value = options.settings[key];
      var why = IDENTITY.indexOf(key) >= 0 ? "is no place for an identity" : typeof value === "string" && wrong(value);
      if (why) warn("`settings." + key + "` " + why + " and is left out");
      else settings[key] = value;
    });
    return settings;
  }

  /** Takes an identity away that a page left for Intercom's snippet: it is not signed, or not checked. */
  function forgetSettings(why) {
    var left = global.intercomSettings || {};
    IDENTITY.forEach(function (key) {
      if (!(key in left)) return;
      delete left[key];
      if (why) warn("`intercomSettings." + key + "` " + why);
    });
  }

  function mark(booted) {
    try {
      if (booted) global.localStorage.setItem(NAME, "booted");
      else global.localStorage.removeItem(NAME);
    } catch (error) { /* storage may be switched off */ }
  }

  function isMarked() {
    try {
      return global.localStorage.getItem(NAME) !== null;
    } catch (error) {
      return false;
    }
  }

  /** Takes Intercom's cookies of this app away, on this host and those above it. */
  function forgetCookies(app_id) {
    var host = global.location.hostname.split(".");
    ["intercom-session-", "intercom-id-", "intercom-device-id-"].forEach(function (start) {
      var gone = start + app_id + "=; path=/; max-age=0";
      global.document.cookie = gone;
      for (var from = 0; from < host.length - 1; from += 1) {
        global.document.cookie = gone + "; domain=" + host.slice(from).join(".");
      }
    });
  }

  /** Ends whatever session the Messenger has, and leaves no identity behind. */
  function leave(app_id) {
    if (typeof global.Intercom === "function") global.Intercom("shutdown");
    forgetSettings(null);
    mark(false);
    if (app_id) forgetCookies(app_id);
  }

  function later(own, millis) {
    global.clearTimeout(own.timer);
    own.timer = global.setTimeout(function () { renew(own); }, Math.min(Math.max(millis, 0), LONGEST_MS));
  }

  function booted(own, user) {
    // Somebody else at the same page: never one session for two.
    if (own.user_id !== null && own.user_id !== user.user_id) {
      leave(own.options.app_id);
      own.user_id = null;
    }
    if (own.user_id === null) global.Intercom("boot", Object.assign(plain(own.options), user.settings));
    else global.Intercom("update", user.settings);
    own.user_id = user.user_id;
    own.expires = user.expires;
    own.tries = 0;
    mark(true);
    if (user.expires !== Infinity) later(own, user.expires - Date.now() - EARLY_MS);
    return "identified";
  }

  function signedOut(own) {
    if (own.user_id !== null || isMarked()) leave(own.options.app_id);
    own.user_id = null;
    if (!own.options.visitors) return "nobody";
    if (!own.visitor) global.Intercom("boot", plain(own.options));
    own.visitor = true;
    return "visitor";
  }

  function failed(own) {
    own.tries += 1;
    if (own.user_id !== null && own.expires <= Date.now()) {
      leave(own.options.app_id);
      own.user_id = null;
    }
    warn("who is logged in could not be asked (" + own.tries + ")");
    if (own.tries < MOST_TRIES) later(own, RETRY_MS * Math.pow(2, own.tries - 1));
    return "failed";
  }

  /** Asks who is logged in, and boots, updates or shuts down. */
  function renew(own) {
    var asked = new Promise(function (resolve) {
      resolve(own.options.token ? own.options.token() : null);
    });
    return asked.then(
      function (answer) {
        // Logged out, or started anew, while it was asked.
        if (own !== session) return "outdated";
        if (answer === null || answer === undefined) return signedOut(own);
        try {
          return booted(own, accept(answer));
        } catch (error) {
          warn(error.message);
          leave(own.options.app_id);
          own.user_id = null;
          return "refused";
        }
      },
      function () { return own === session ? failed(own) : "outdated"; }
    );
  }

  function end() {
    if (session) global.clearTimeout(session.timer);
    session = null;
  }

  /** Boots the Messenger for who is logged in. Returns a promise of `identified`, `visitor`, `nobody`, `refused`
   * or `failed`. */
  function start(options) {
    end();
    forgetSettings("is not checked here and was taken away; give it to your server instead");
    var why = wrong(options && options.app_id);
    if (!why && !/^[a-z0-9_-]+$/i.test(options.app_id)) why = "is none";
    if (why) {
      warn("`app_id` " + why + ", so the Messenger is not booted");
      return Promise.resolve("refused");
    }
    if (typeof global.Intercom !== "function") {
      warn("Intercom's snippet has to be loaded before this script");
      return Promise.resolve("refused");
    }
    var own = { options: options, user_id: null, expires: 0, timer: 0, tries: 0, visitor: false };
    session = own;
    return renew(own);
  }

  /** Ends the session, here and in the other tabs of this site. Call it when the user logs out. */
  function logout(options) {
    var app_id = (options && options.app_id) || (session && session.options.app_id);
    end();
    leave(app_id);
    if (others) others.postMessage({ logout: app_id || "" });
  }

  if (others) {
    others.onmessage = function (event) {
      if (!event.data || !("logout" in event.data)) return;
      var app_id = event.data.logout || (session && session.options.app_id);
      end();
      leave(app_id);
    };
  }

  // A machine that slept wakes up with a token that is over.
  if (global.document && global.document.addEventListener) {
    global.document.addEventListener("visibilitychange", function () {
      var due = session && session.user_id !== null && session.expires - EARLY_MS <= Date.now();
      if (due && global.document.visibilityState === "visible") renew(session);
    });
  }

  global.BackstoryIdentity = Object.freeze({ start: start, logout: logout });
})(window);
