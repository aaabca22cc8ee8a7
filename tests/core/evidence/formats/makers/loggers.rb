# Writes ruby_logger.log and ruby_uncaught.log: ruby loggers.rb FOLDER
require "logger"

def connect(pool)
  raise IOError, "#{pool}: 10 of 10 connections in use"
end

def charge(order)
  connect("orders")
rescue IOError
  raise ArgumentError, "order #{order} was not charged"
end

log = Logger.new(File.join(ARGV[0], "ruby_logger.log"), progname: "orders")
12.times do |order|
  log.info("order #{order} taken")
  next unless order % 4 == 3

  begin
    charge(order)
  rescue ArgumentError => error
    log.error(error)
  end
end
log.close

File.open(File.join(ARGV[0], "ruby_uncaught.log"), "w") do |file|
  6.times { |order| file.puts("#{Time.now.utc.strftime("%Y-%m-%d %H:%M:%S %z")} order #{order} taken") }
  begin
    charge(6)
  rescue ArgumentError => error
    file.puts(error.full_message(highlight: false, order: :top))
  end
end
