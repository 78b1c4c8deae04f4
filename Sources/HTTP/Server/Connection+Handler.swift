import HTTPTypes
import Logging

/// The way of a request through its handler and back to the loop.
extension Connection {
    /// Runs in the handler's task.
    func run(_ request: HTTPServerRequest, _ number: UInt64, isHTTP10: Bool) async {
        let answer = await Self.ask(context, request, isHTTP10: isHTTP10)
        guard case .stream(let produce) = answer.content else {
            loop.perform { self.complete(number, answer) }
            return
        }
        guard await loop.run({ self.beginStream(number, answer) }) else { return }
        let isChunked = answer.framing == .chunked
        let writer = ResponseWriter { piece in
            guard !piece.isEmpty else { return }
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    self.loop.perform { self.write(number, isChunked ? Self.chunk(piece) : piece, continuation) }
                }
            } onCancel: {
                self.loop.submit { self.cancelWriter(number) }
            }
        }
        do {
            try await produce(writer)
            let trailers = answer.sendsTrailers ? writer.trailers : HTTPFields()
            loop.perform { self.endStream(number, isChunked: isChunked, trailers) }
        } catch is CancellationError where answer.response.isEndless {
            loop.perform { self.endStream(number, isChunked: isChunked, [:]) }
        } catch {
            report(error, request)
            loop.perform { self.breakStream(number) }
        }
    }

    private func report(_ error: any Error, _ request: HTTPServerRequest) {
        switch error {
        case is CancellationError: break
        case is EventFeed.Overflow:
            context.logger.notice(
                "dropped a client that does not keep up with its events", metadata: ["request_id": "\(request.id)"])
        default:
            context.logger.error("stream failed", metadata: ["request_id": "\(request.id)", "error": "\(error)"])
        }
    }

    /// What a handler throws is the client's to know only where it is an `HTTPError`.
    private static func ask(
        _ context: ServerContext, _ request: HTTPServerRequest, isHTTP10: Bool
    ) async -> OutgoingAnswer {
        let refusal: HTTPError
        do {
            let response = try await answer(context, request)
            let rules = ContentRules(gzips: context.configuration.gzipsAnswers)
            return try OutgoingAnswer(
                try await rules.apply(to: response, for: request), to: request, isHTTP10: isHTTP10)
        } catch let error as HTTPError {
            refusal = error
        } catch is CancellationError {
            refusal = HTTPError(.serviceUnavailable, "The request was given up; send it again.")
        } catch {
            context.logger.error("handler failed", metadata: ["request_id": "\(request.id)", "error": "\(error)"])
            refusal = HTTPError(
                .internalServerError, "The server failed; its log has the details under this request's id.")
        }
        return OutgoingAnswer(refusal, requestID: request.id, isHead: request.method == .head)
    }

    private static func answer(
        _ context: ServerContext, _ request: HTTPServerRequest
    ) async throws -> HTTPServerResponse {
        guard let trace = request.trace else { return try await context.handler(request) }
        return try await TraceContext.$current.withValue(trace) { try await context.handler(request) }
    }

    /// RFC 9112 §7.1.
    private static func chunk(_ piece: [UInt8]) -> [UInt8] {
        Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
    }

    // MARK: - On the loop

    /// Whether this is still about the exchange under way, which the client may have left.
    private func isCurrent(_ number: UInt64) -> Bool { isOpen && exchange?.number == number }

    private func beginAnswer(_ number: UInt64, _ answer: OutgoingAnswer) -> Bool {
        guard isCurrent(number) else { return false }
        // A shutdown that has begun may not have come round to this loop yet.
        if context.isDraining { perform(machine.drain(force: false)) }
        guard let id = exchange?.request.id,
            let keepsAlive = machine.answer(endsWithConnection: answer.framing == .connectionEnd)
        else { return false }
        exchange?.status = answer.response.status.code
        exchange?.route = answer.response.route
        put(answer, keepsAlive: keepsAlive, id: id)
        return true
    }

    private func beginStream(_ number: UInt64, _ answer: OutgoingAnswer) -> Bool {
        guard beginAnswer(number, answer) else { return false }
        exchange?.streamBufferBytes = answer.response.streamBufferBytes
        exchange?.isEndless = answer.response.isEndless
        if answer.response.isEndless, context.isDraining { exchange?.task?.cancel() }
        flush()
        settle()
        return true
    }

    private func complete(_ number: UInt64, _ answer: OutgoingAnswer) {
        guard beginAnswer(number, answer) else { return }
        perform(machine.produced(now: loop.now))
        flush()
        settle()
    }

    private func write(_ number: UInt64, _ bytes: [UInt8], _ done: CheckedContinuation<Void, any Error>) {
        guard isCurrent(number) else {
            done.resume(throwing: CancellationError())
            return
        }
        outbox.append(bytes)
        flush()
        settle()
        if !isCurrent(number) {
            done.resume(throwing: CancellationError())
        } else if outbox.waitingBytes < exchange?.streamBufferBytes ?? 0 {
            done.resume()
        } else if exchange?.isWriterCancelled == true {
            done.resume(throwing: CancellationError())
        } else if exchange?.writer == nil {
            exchange?.writer = done
        } else {
            preconditionFailure("a stream is written by one task at a time")
        }
    }

    private func cancelWriter(_ number: UInt64) {
        guard isCurrent(number) else { return }
        exchange?.isWriterCancelled = true
        exchange?.writer?.resume(throwing: CancellationError())
        exchange?.writer = nil
    }

    private func endStream(_ number: UInt64, isChunked: Bool, _ trailers: HTTPFields) {
        guard isCurrent(number) else { return }
        if isChunked { outbox.append(Trailers.end(with: trailers)) }
        perform(machine.produced(now: loop.now))
        flush()
        settle()
    }

    private func breakStream(_ number: UInt64) {
        guard isCurrent(number) else { return }
        perform(machine.answerFailed())
        settle()
    }
}
