/* Calls somebody who answers with an echo, and checks that all of it worked.
 *
 *     call URI
 *
 * Presses 42#, sends a tone until its echo is heard, hangs up. Ends with status 0 only when
 * the call was answered, a second of the tone was played, an echo was heard, and the call ended normally. */

#include <sipua.h>

#include <stdio.h>
#include <stdlib.h>

#define RATE 8000
#define TONE_MARK 1

/* What has happened so far. */
struct progress {
    uint64_t call;
    size_t written; /* samples of the tone */
    size_t heard;   /* loud samples received */
    int answered;
    int played;
    int ended; /* 1: normally, -1: not */
};

/* Says why the last function of the library failed. */
static int failed(const char *what) {
    fprintf(stderr, "%s: %s\n", what, sipua_last_error()->message);
    return 1;
}

/* Keeps a fifth of a second of the tone written ahead, and sets a mark after the first second of it. */
static void speak(sipua_ua *ua, struct progress *progress) {
    int16_t samples[160];
    size_t unplayed = 0, taken = 0, i;
    while (sipua_audio_buffered(ua, progress->call, NULL, &unplayed, NULL) == SIPUA_OK &&
           unplayed < RATE / 5) {
        for (i = 0; i < 160; i++) {
            samples[i] = ((progress->written + i) / 8) % 2 == 0 ? 8000 : -8000; /* 500 Hz */
        }
        if (sipua_audio_write(ua, progress->call, samples, 160, &taken) != SIPUA_OK || taken == 0) {
            return;
        }
        if (progress->written < RATE && progress->written + taken >= RATE) {
            sipua_audio_mark(ua, progress->call, TONE_MARK);
        }
        progress->written += taken;
    }
}

/* Counts what is loud in what has arrived. */
static void listen(sipua_ua *ua, struct progress *progress) {
    int16_t samples[160];
    size_t count = 0, i;
    while (sipua_audio_read(ua, progress->call, samples, 160, &count) == SIPUA_OK && count > 0) {
        for (i = 0; i < count; i++) {
            progress->heard += abs(samples[i]) > 2000;
        }
    }
}

/* Notes what an event tells. */
static void handle(sipua_ua *ua, const sipua_event *event, struct progress *progress) {
    printf("%s\n", sipua_event_json(event));
    switch (event->kind) {
    case SIPUA_EVENT_CALL_ANSWERED:
        progress->answered = 1;
        if (sipua_call_send_dtmf(ua, event->call, "42#", SIZE_MAX) != SIPUA_OK) {
            failed("digits");
        }
        break;
    case SIPUA_EVENT_AUDIO_MARK:
        progress->played = event->mark->id == TONE_MARK;
        break;
    case SIPUA_EVENT_CALL_ENDED:
        progress->ended = event->record->failure == 0 ? 1 : -1;
        break;
    default:
        break;
    }
}

/* The call, from its dialling to its end; at most 30 s of it. */
static int converse(sipua_ua *ua, struct progress *progress) {
    int hung_up = 0, rounds = 0;
    while (progress->ended == 0) {
        sipua_event *event = NULL;
        sipua_status got = sipua_next_event(ua, 10, &event);
        if (got == SIPUA_OK) {
            handle(ua, event, progress);
            sipua_event_free(event);
        } else if (got != SIPUA_ERROR_TIMED_OUT) {
            return failed("events");
        }
        if (progress->answered && progress->ended == 0) {
            speak(ua, progress);
            listen(ua, progress);
        }
        rounds += got != SIPUA_OK;
        if (!hung_up && ((progress->played && progress->heard > RATE / 20) || rounds > 3000)) {
            hung_up = sipua_call_hangup(ua, progress->call, 0, NULL, 0) == SIPUA_OK;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    struct progress progress = {0};
    sipua_call_options options = SIPUA_CALL_OPTIONS_INIT;
    sipua_ua *ua = NULL;
    int wrong;

    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    if (sipua_ua_create(NULL, &ua) != SIPUA_OK) {
        return failed("cannot start");
    }
    options.tag = "example";
    if (sipua_dial(ua, 0, argv[1], SIZE_MAX, &options, &progress.call) != SIPUA_OK ||
        sipua_audio_format(ua, progress.call, RATE, 0) != SIPUA_OK) {
        wrong = failed("cannot call");
    } else {
        wrong = converse(ua, &progress);
    }
    sipua_ua_free(ua);

    printf("answered %d, tone played %d, loud samples heard %lu, ended normally %d\n",
           progress.answered, progress.played, (unsigned long)progress.heard, progress.ended == 1);
    wrong |= !progress.answered || !progress.played || progress.heard <= RATE / 20;
    return wrong || progress.ended != 1;
}
