/* Answers one call and sends back what it hears.
 *
 *     answer [PORT]
 *
 * One thread, one loop: wait for an event for at most 10 ms, then move what audio there is. Ends with
 * status 0 when a call was answered and has ended normally. */

#include <sipua.h>

#include <stdio.h>

#define RATE 16000

/* Says why the last function of the library failed. */
static int failed(const char *what) {
    fprintf(stderr, "%s: %s\n", what, sipua_last_error()->message);
    return 1;
}

/* Sends back what has arrived. What does not fit is left out: an echo that is late is none. */
static void echo(sipua_ua *ua, uint64_t call) {
    int16_t samples[RATE / 50];
    size_t count = 0, taken = 0;
    while (sipua_audio_read(ua, call, samples, RATE / 50, &count) == SIPUA_OK && count > 0) {
        sipua_audio_write(ua, call, samples, count, &taken);
    }
}

/* Does what an event asks for. Returns 1 when the call is over. */
static int handle(sipua_ua *ua, const sipua_event *event, uint64_t *call) {
    printf("%s\n", sipua_event_json(event));
    fflush(stdout);
    switch (event->kind) {
    case SIPUA_EVENT_INCOMING_CALL:
        if (*call != 0) {
            sipua_call_reject(ua, event->call, 486);
        } else if (sipua_audio_format(ua, event->call, RATE, 0) != SIPUA_OK ||
                   sipua_call_answer(ua, event->call, 200) != SIPUA_OK) {
            failed("answer");
        } else {
            *call = event->call;
        }
        return 0;
    case SIPUA_EVENT_CALL_ENDED:
        return event->call == *call;
    default:
        return 0;
    }
}

int main(int argc, char **argv) {
    char listen[64];
    sipua_config config = SIPUA_CONFIG_INIT;
    sipua_ua *ua = NULL;
    uint64_t call = 0;
    int over = 0, status = 1;

    snprintf(listen, sizeof listen, "udp:0.0.0.0:%s", argc > 1 ? argv[1] : "5060");
    config.listen = listen;
    if (sipua_ua_create(&config, &ua) != SIPUA_OK) {
        return failed("cannot start");
    }
    sipua_ua_listener(ua, 0, listen, sizeof listen, NULL);
    printf("listening on %s\n", listen);
    fflush(stdout);

    while (!over) {
        sipua_event *event = NULL;
        sipua_status got = sipua_next_event(ua, 10, &event);
        if (got == SIPUA_OK) {
            over = handle(ua, event, &call);
            if (over) {
                status = event->record->failure == 0 ? 0 : 1;
            }
            sipua_event_free(event);
        } else if (got != SIPUA_ERROR_TIMED_OUT) {
            failed("events");
            break;
        }
        if (call != 0 && !over) {
            echo(ua, call);
        }
    }
    sipua_ua_free(ua);
    return status;
}
